"""What prices are asked for with: each symbol in one unit, on one calendar, up to one session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from config.calendars import Calendar, Change

if TYPE_CHECKING:
    from tasks.sources import Request

INGEST = "ingest"
"""The flow of a run that fetches for several portfolios."""


class Declared(BaseModel):
    """The unit of a symbol's prices, its exchange, and the session that its newest bar should be of."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    currency: str
    calendar: str
    due: date


class Wanted(BaseModel):
    """Symbols as they are asked for from `start` to `session`; `corrections` are those of their calendars.

    With `repair`, rows whose repair is certain are put right.
    """

    model_config = ConfigDict(defer_build=True, frozen=True)

    start: date
    session: date
    repair: bool
    symbols: dict[str, Declared]
    corrections: dict[str, tuple[Change, ...]]

    def exchange(self, calendar: str) -> Calendar:
        """The sessions of a calendar, as people have corrected them."""
        return Calendar(calendar, changes=self.corrections[calendar])

    @property
    def currencies(self) -> dict[str, str]:
        """The unit that the prices of each symbol are in."""
        return {symbol: one.currency for symbol, one in self.symbols.items()}

    @property
    def calendars(self) -> dict[str, str]:
        """The exchange of each symbol."""
        return {symbol: one.calendar for symbol, one in self.symbols.items()}

    @property
    def due(self) -> dict[str, date]:
        """The session that each symbol's newest bar should be of."""
        return {symbol: one.due for symbol, one in self.symbols.items()}

    def request(self, symbols: Sequence[str], progress: Callable[[int, int, str], None]) -> Request:
        """What a source is asked for some of the symbols."""
        from tasks.sources import Request  # noqa: PLC0415 - sources bring pyarrow; who reads a unit asks none

        return Request(
            tuple(symbols), self.start, self.session, progress=progress,
            currencies=self.currencies, calendars=self.calendars,
        )  # fmt: skip

    def agrees(self, other: Wanted) -> bool:
        """Whether one delivery can be both: the same is said of what both speak of."""
        same = (self.session, self.repair) == (other.session, other.repair)
        return same and _agree(self.symbols, other.symbols) and _agree(self.corrections, other.corrections)

    def joined(self, other: Wanted) -> Wanted:
        """What both want, where they agree: from the earlier start on."""
        return self.model_copy(
            update={
                "start": min(self.start, other.start),
                "symbols": self.symbols | other.symbols,
                "corrections": self.corrections | other.corrections,
            }
        )


class Shared(BaseModel):
    """A delivery for several portfolios, as its run keeps it; by name, what each wanted, as a digest."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    wanted: Wanted
    portfolios: dict[str, str]


def _agree(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two say the same of every name that both know."""
    return all(one[name] == value for name, value in other.items() if name in one)
