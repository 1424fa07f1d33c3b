"""Corrections of exchange calendars by people: a special session, a typhoon, another close."""

import json
from collections.abc import Iterable
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from config.calendars import Calendar, Change
from config.exchange_facts import own_name
from config.instruments import CalendarName
from config.refusal import refuse
from config.toml_text import read_toml
from quant.errors import InputError
from quant.policy.policy import Strict

FILE = "calendars.toml"
"""The file in HOME whose corrections are for all."""


class CalendarOverride(Strict):
    """One day of a calendar as it was in truth; `close` is the local time, by default the usual one."""

    calendar: CalendarName
    date: date
    state: Literal["open", "closed"]
    close: time | None = None
    reason: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _closed_has_no_close(self) -> Self:
        if self.state == "closed" and self.close is not None:
            raise ValueError('close is for state = "open": remove it')
        return self


def changes(overrides: Iterable[CalendarOverride], name: str) -> tuple[Change, ...]:
    """What they say of the calendar called `name`."""
    return tuple(
        Change(one.date, one.state == "open", one.close)
        for one in overrides
        if own_name(one.calendar) == own_name(name)
    )


def exchange(home: Path, name: str) -> Calendar:
    """The calendar called `name`, as HOME/calendars.toml corrects it."""
    return Calendar(name, changes=changes(of_home(home), name))


class _File(Strict):
    calendar_override: tuple[CalendarOverride, ...] = ()


def of_home(home: Path) -> tuple[CalendarOverride, ...]:
    """The corrections in HOME/calendars.toml; none where there is no such file.

    Raises:
        InputError: it is not right.
    """
    path = home / FILE
    if not path.exists():
        return ()
    try:
        found = _File.model_validate_json(
            json.dumps(read_toml(path), default=str), strict=True
        ).calendar_override
    except ValidationError as error:
        refuse(path, error, lambda at: [*(CalendarOverride if at else _File).model_fields])
    check_overrides(path, found)
    return found


def check_overrides(path: Path, overrides: Iterable[CalendarOverride]) -> None:
    """Refuse a correction that corrects nothing, or a day that stands twice.

    Raises:
        InputError: one does.
    """
    seen = set[tuple[str, date]]()
    for one in overrides:
        what, exchange = f"{path}: calendar_override of {one.calendar}, {one.date}", Calendar(one.calendar)
        if (own_name(one.calendar), one.date) in seen:
            raise InputError(f"{what}: stands twice. Keep one.")
        seen.add((own_name(one.calendar), one.date))
        if one.date < exchange.first:
            raise InputError(f"{what}: the calendar begins on {exchange.first}. Remove it.")
        trades = exchange.is_session(one.date)
        if one.state == "closed" and not trades:
            raise InputError(f"{what}: that is no session anyway. Remove it, or write another date.")
        if one.state == "open" and trades and one.close is None:
            raise InputError(f"{what}: that is a session anyway. Remove it, or say when it closed.")


def merged(
    own: Iterable[CalendarOverride], common: Iterable[CalendarOverride], calendars: Iterable[str]
) -> tuple[CalendarOverride, ...]:
    """Those of the `calendars`, by calendar and day; a portfolio's `own` before the `common` ones of HOME."""
    names = {own_name(name) for name in calendars}
    found = {(own_name(one.calendar), one.date): one for one in (*common, *own)}
    found = {key: one for key, one in found.items() if key[0] in names}
    return tuple(found[key] for key in sorted(found))
