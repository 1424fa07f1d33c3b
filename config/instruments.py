"""What a portfolio file says of single instruments: the unit that their prices are in, and their exchange."""

import difflib
from collections.abc import Iterable, Sequence
from math import inf
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag

from config import exchange_facts
from quant.book.ticks import Ticks
from quant.errors import InputError
from quant.market.currency import MAJOR, MINOR
from quant.policy.policy import Strict, Symbol

COUNTRIES = {
    **dict.fromkeys(("US", "USA", "NY", "NEW YORK", "NYSEARCA", "ARCA", "AMEX", "BATS"), "XNYS"),
    **dict.fromkeys(("UK", "GB", "LONDON"), "XLON"), **dict.fromkeys(("DE", "XETRA", "GERMANY"), "XETR"),
    **dict.fromkeys(("JP", "JAPAN", "TOKYO", "TSE"), "XTKS"), **dict.fromkeys(("FR", "PARIS"), "XPAR"),
    **dict.fromkeys(("CH", "SWISS", "ZURICH"), "XSWX"), **dict.fromkeys(("CA", "TORONTO", "TSX"), "XTSE"),
    **dict.fromkeys(("HK", "HONG KONG"), "XHKG"), **dict.fromkeys(("AU", "ASX", "SYDNEY"), "XASX"),
    **dict.fromkeys(("IN", "INDIA", "NSE", "BSE"), "XBOM"), **dict.fromkeys(("NL", "AMSTERDAM"), "XAMS"),
    **dict.fromkeys(("IT", "MILAN"), "XMIL"), **dict.fromkeys(("ES", "MADRID"), "XMAD"),
    "CRYPTO": "24/7",
}  # fmt: skip
"""What people call an exchange, and its calendar."""


def _known_calendar(value: str) -> str:
    if not exchange_facts.is_known(value):
        near = [COUNTRIES[key]] if (key := value.upper()) in COUNTRIES else []
        near = near or difflib.get_close_matches(value, exchange_facts.names(), 1)
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


Price = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TickRange(Strict):
    """The tick of the prices below one price; None: of all that are higher."""

    below: Price | None = None
    size: Price


def _form(value: object) -> str:
    """Which of two forms a tick has: one number for all prices, or ranges."""
    return RANGES if isinstance(value, list | tuple) else NUMBER


def _rising(ranges: tuple[TickRange, ...]) -> tuple[TickRange, ...]:
    borders = [one.below for one in ranges]
    if None in borders[:-1] or borders[-1:] != [None] or sorted(borders[:-1]) != borders[:-1]:  # type: ignore[type-var]
        raise ValueError("begin with the lowest prices, and let the last range be without 'below'")
    return ranges


NUMBER, RANGES = TICK_FORMS = ("number", "ranges")
Tick = Annotated[
    Annotated[Price, Tag(NUMBER)] | Annotated[tuple[TickRange, ...], AfterValidator(_rising), Tag(RANGES)],
    Discriminator(_form),
]


MOST_LATE = 10
"""Sessions: a price that comes later than this is no price of these days."""


class Instrument(Strict):
    """One symbol's own price unit (a currency, or GBp, GBX, ILA, ZAc), exchange and ticks.

    None: the portfolio's, and the usual ticks of quant/book/ticks.py. `late` is by how many sessions its
    price comes after the others' (a fund that is valued on the next day: 1).
    """

    symbol: Symbol
    currency: PriceUnit | None = None
    calendar: CalendarName | None = None
    tick: Tick | None = None
    late: Annotated[int, Field(ge=0, le=MOST_LATE)] = 0

    @property
    def ticks(self) -> Ticks | None:
        """Its own ticks, in its own price unit."""
        if self.tick is None:
            return None
        ranges = (TickRange(size=self.tick),) if isinstance(self.tick, float) else self.tick
        return Ticks(tuple((one.below or inf, one.size) for one in ranges), "stated")


def check_instruments(path: Path, instruments: Iterable[Instrument], watched: Sequence[str]) -> None:
    """Refuse a symbol that stands twice or that nobody watches.

    Raises:
        InputError: it does.
    """
    seen = set[str]()
    for instrument in instruments:
        symbol = instrument.symbol
        if symbol in seen:
            raise InputError(
                f"{path}: instrument {symbol!r} stands twice. Keep one [[instrument]] per symbol."
            )
        if symbol not in watched:
            near = difflib.get_close_matches(symbol, watched, 1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise InputError(
                f"{path}: instrument {symbol!r} is neither a target nor held nor the benchmark{hint}"
            )
        seen.add(symbol)
