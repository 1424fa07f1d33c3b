"""HOME/alerts.toml: how people are told of alerts."""

import json
import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from config.refusal import refuse
from config.toml_text import read_toml
from quant.policy.policy import Strict

FILE = "alerts.toml"
Minutes = Annotated[float, Field(ge=0, le=1440)]
Label = Literal["portfolio", "session", "symbol"]
Severity = Literal["info", "warning", "critical"]


def _listed(value: object) -> object:
    """One name or a list of them, as the tuple that is kept."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('write hours and minutes, such as "08:30"')
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        raise ValueError('write the name of a time zone, such as "America/New_York"') from None
    return value


Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(min_length=1, max_length=100)]
Clock = Annotated[str, AfterValidator(_clock)]


class Escalation(Strict):
    """Minutes after which a critical alert that nobody has acknowledged calls others; 0: never."""

    deputy_minutes: Minutes = 5.0
    risk_minutes: Minutes = 15.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if 0 < self.risk_minutes < self.deputy_minutes:
            raise ValueError("risk_minutes must not be less than deputy_minutes, or 0 for never")
        return self


class Grouping(Strict):
    """How long alerts of one group are collected before they are told together.

    `wait_seconds` before the first message, `interval_minutes` from one message to the next with something
    new, `repeat_hours` until what still fires is told again (0: never).
    """

    wait_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    interval_minutes: Minutes = 5.0
    repeat_hours: Annotated[float, Field(ge=0, le=168)] = 4.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if 0 < self.repeat_hours * 60 < self.interval_minutes:
            raise ValueError("repeat_hours must not be shorter than interval_minutes, or 0 for never")
        return self


class Route(Strict):
    """Which channels are told: for some portfolios, from a severity on, at a time of day.

    None: every portfolio; any time. A time of day that ends before it begins lasts over midnight.
    """

    channel: Names
    portfolio: Names | None = None
    severity: Severity = "info"
    begins: Annotated[Clock | None, Field(alias="from")] = None
    ends: Annotated[Clock | None, Field(alias="to")] = None
    timezone: Annotated[str, AfterValidator(_zone)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        hours = (self.begins, self.ends, self.timezone)
        if any(hours) and not all(hours):
            raise ValueError("from, to and timezone belong together: write all three or none")
        if self.begins is not None and self.begins == self.ends:
            raise ValueError("from and to are the same: leave both out for the whole day")
        return self

    @property
    def hours(self) -> tuple[time, time, ZoneInfo] | None:
        """From when to when, without the last instant, and in which time zone; None for any time."""
        if self.begins is None or self.ends is None or self.timezone is None:
            return None
        return time.fromisoformat(self.begins), time.fromisoformat(self.ends), ZoneInfo(self.timezone)


class Inhibition(Strict):
    """While an alert of a kind `source` lasts, those of the kinds `target` have no message of their own.

    Only where both have the same value of each label of `equal`; what neither of them has is not the same.
    """

    source: Names
    target: Names
    equal: Annotated[tuple[Label, ...], BeforeValidator(_listed), Field(min_length=1)] = (
        "portfolio",
        "session",
    )


class WatchRules(Strict):
    """Whether `ballast up` watches minute bars, and how patient the watch is.

    `grace_seconds`: for so long after its end a minute's bars are waited for; `silent_minutes`: after so long
    without a bar of any symbol, or without a sign of the watch itself, the operator is told. `tier2`: symbols
    outside the large indices, whose band on the exchange is 10% instead of 5%.
    """

    live: bool = True
    grace_seconds: Annotated[float, Field(ge=0, le=300)] = 10.0
    silent_minutes: Annotated[float, Field(ge=1, le=1440)] = 5.0
    tier2: Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(max_length=10_000)] = ()


MARKET_WIDE = Inhibition(source=("market_wide",), target=("flash_crash", "range_shock"))
"""A fall of the market, or a halt of it, has one message, which lists the single names."""


class AlertRules(Strict):
    """The file as a whole; what it leaves out has its default."""

    escalation: Escalation = Escalation()
    grouping: Grouping = Grouping()
    route: tuple[Route, ...] = ()
    inhibit: tuple[Inhibition, ...] = (MARKET_WIDE,)
    watch: WatchRules = WatchRules()


TABLES: dict[str, type[Strict]] = {
    "escalation": Escalation,
    "grouping": Grouping,
    "route": Route,
    "inhibit": Inhibition,
    "watch": WatchRules,
}


def of_home(home: Path) -> AlertRules:
    """What HOME/alerts.toml says; the defaults where there is no such file.

    Raises:
        InputError: it is not right.
    """
    path = home / FILE
    if not path.exists():
        return AlertRules()
    try:
        return AlertRules.model_validate_json(json.dumps(read_toml(path), default=str), strict=True)
    except ValidationError as error:
        refuse(path, error, _keys)


def _keys(location: tuple[Any, ...]) -> list[str]:
    """The keys of the table at a location, as they are written."""
    table = TABLES.get(str(location[0]), AlertRules) if location else AlertRules
    return [one.alias or name for name, one in table.model_fields.items()]
