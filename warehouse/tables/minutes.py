"""Minute bars, as they are stored and as they were rejected."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from warehouse.tables.table import BatchRow, Row


@dataclass(frozen=True, slots=True)
class Minute(Row):
    """A minute bar as traded: `instant` is the begin of its minute, UTC, in the `session` of its exchange.

    `split` is the new shares for an old one, where a split takes effect in this minute.
    """

    TABLE: ClassVar[str] = "minutes"
    KEYS: ClassVar[tuple[str, ...]] = ("source", "batch_id", "known_from", "known_to")
    symbol: str
    session: date
    instant: datetime
    open: float | None
    high: float | None
    low: float | None
    close: float
    volume: float | None
    split: float | None


@dataclass(frozen=True, slots=True)
class RejectedMinute(BatchRow):
    """A rule that a delivered minute bar broke, in words too, the offending value, and the bar as it came."""

    TABLE: ClassVar[str] = "rejected_minutes"
    ORDER: ClassVar[str] = "symbol, instant, rule"
    source: str
    symbol: str | None
    session: date | None
    instant: datetime | None
    rule: str
    words: str
    value: float | None
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None
