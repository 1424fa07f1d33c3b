"""What a portfolio file says of single instruments: the unit that their prices are in, and their exchange."""

import difflib
from typing import Annotated

from exchange_calendars import get_calendar_names
from pydantic import AfterValidator

from quant.currency import MAJOR, MINOR
from quant.policy import Strict, Symbol


def _known_calendar(value: str) -> str:
    names = get_calendar_names()
    if value not in names:
        near = difflib.get_close_matches(value, names, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"is not an exchange calendar of exchange_calendars (XNYS, XLON, ...){hint}")
    return value


def _known_currency(value: str) -> str:
    if value in MINOR:
        raise ValueError(f"is a hundredth of a currency: a portfolio is valued in {MINOR[value]}")
    return _among(value, sorted(MAJOR), "ISO code of a currency (USD, EUR, ...)")


def _known_unit(value: str) -> str:
    minor = ", ".join(MINOR)
    return _among(value, [*sorted(MAJOR), *MINOR], f"ISO code of a currency (USD, EUR, ...) and not {minor}")


def _among(value: str, known: list[str], what: str) -> str:
    if value not in known:
        near = difflib.get_close_matches(value.upper(), known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"is no {what}{hint}")
    return value


CalendarName = Annotated[str, AfterValidator(_known_calendar)]
Currency = Annotated[str, AfterValidator(_known_currency)]
PriceUnit = Annotated[str, AfterValidator(_known_unit)]


class Instrument(Strict):
    """One symbol's own price unit (a currency, or GBp, GBX, ILA, ZAc) and exchange; None: the portfolio's."""

    symbol: Symbol
    currency: PriceUnit | None = None
    calendar: CalendarName | None = None
