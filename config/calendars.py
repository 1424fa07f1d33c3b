"""Exchange sessions: which days trade, when a day is complete, and which are nearest to one that isn't."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas as pd
from exchange_calendars.errors import InvalidCalendarName

from quant.errors import InputError

COMPLETE_AFTER = timedelta(hours=2)
# Asked for because the library's own default starts only 20 years before today.
FIRST = pd.Timestamp("1990-01-01")


@dataclass(frozen=True)
class Calendar:
    """The sessions of one exchange, by `exchange_calendars`."""

    name: str

    @property
    def zone(self) -> ZoneInfo:
        """The exchange's own time zone."""
        return ZoneInfo(str(_library(self.name).tz))

    def day_of(self, moment: datetime) -> date:
        """The day of an instant on the exchange; of the session, where one opens on the evening before."""
        local, library = moment.astimezone(self.zone), _library(self.name)
        evening = library.open_offset < 0 and local.time() >= library.open_times[-1][1]
        return local.date() + timedelta(days=evening)

    @property
    def first(self) -> date:
        """The first session that is known."""
        session: date = _library(self.name).first_session.date()
        return session

    def is_session(self, day: date) -> bool:
        """Whether the exchange trades on `day` (half days do)."""
        library = _library(self.name)
        stamp = pd.Timestamp(day)
        return bool(library.first_session <= stamp <= library.last_session and library.is_session(stamp))

    def close(self, session: date) -> datetime:
        """The close of a session, UTC."""
        moment: datetime = _library(self.name).session_close(pd.Timestamp(session)).to_pydatetime()
        return moment

    def next_close(self, day: date) -> datetime:
        """The close of the first session after `day`, UTC: when an order for the next day expires."""
        after = pd.Timestamp(day) + pd.Timedelta(days=1)
        return self.close(_library(self.name).date_to_session(after, direction="next").date())

    def sessions(self, start: date, end: date) -> list[date]:
        """All sessions from `start` to `end`, both included."""
        library = _library(self.name)
        first = max(pd.Timestamp(start), library.first_session)
        last = min(pd.Timestamp(end), library.last_session)
        return [stamp.date() for stamp in library.sessions_in_range(first, last)] if first <= last else []

    def window(self, session: date, count: int) -> list[date]:
        """The `count` sessions up to and including `session` (fewer at the calendar's own start)."""
        return self.sessions(session - timedelta(days=int(count * 1.6) + 20), session)[-count:]

    def last_session(self, day: date) -> date:
        """The newest session up to `day`.

        Raises:
            InputError: the calendar begins later.
        """
        if day < self.first:
            raise InputError(
                f"{day} is before the first known session of {self.name}, {self.first}: name a later day."
            )
        library = _library(self.name)
        stamp = min(pd.Timestamp(day), library.last_session)
        session: date = library.date_to_session(stamp, direction="previous").date()
        return session

    def is_complete(self, day: date, now: datetime) -> bool:
        """Whether nothing more comes of `day`: its session closed two hours before `now`, or is none."""
        return not self.is_session(day) or self.close(day) + COMPLETE_AFTER <= now

    def last_completed(self, now: datetime, others: Iterable["Calendar"] = ()) -> date:
        """The newest session that is complete at `now`, here and on the `others` that trade on that day."""
        calendars = (self, *others)
        today = now.astimezone(UTC).date() + timedelta(days=1)
        for session in reversed(self.sessions(today - timedelta(days=20), today)):
            if all(calendar.is_complete(session, now) for calendar in calendars):
                return session
        raise InputError(f"calendar {self.name}: no completed session in the 20 days before {now:%Y-%m-%d}.")

    def resolve(self, session: date | None, now: datetime, others: Iterable["Calendar"] = ()) -> date:
        """The session to work on: the one asked for, or the last one completed, on the `others` too.

        Raises:
            InputError: not a session, or not complete yet; the nearest sessions are named.
        """
        others = tuple(others)
        latest = self.last_completed(now, others)
        if session is None:
            return latest
        if session > latest:
            names = ", ".join(calendar.name for calendar in (self, *others))
            raise InputError(
                f"session {session} is not complete yet: the last completed one of {names} is {latest}."
            )
        if not self.is_session(session):
            raise InputError(
                f"session {session} is not a trading day of {self.name}: {self._nearest(session)}."
            )
        return session

    def _nearest(self, day: date) -> str:
        """Which sessions are nearest to a `day` that is none, in words."""
        if day < self.first:
            return f"its first known session is {self.first}"
        before = self.last_session(day)
        after = _library(self.name).next_session(pd.Timestamp(before)).date()
        return f"the nearest sessions are {before} and {after}"


@lru_cache(maxsize=16)
def _library(name: str) -> Any:
    try:
        return _build(name)
    except (InvalidCalendarName, ValueError, NotImplementedError) as error:
        # Not every calendar that there is works with every pandas.
        raise InputError(
            f"calendar {name!r} cannot be built by exchange_calendars ({error}): choose another one."
        ) from error


def _build(name: str) -> Any:
    try:
        return exchange_calendars.get_calendar(name, start=FIRST)
    except ValueError:  # some exchanges' holidays are recorded from a later year on
        recorded = type(exchange_calendars.get_calendar(name)).bound_min()
        return exchange_calendars.get_calendar(name, start=max(FIRST, recorded))
