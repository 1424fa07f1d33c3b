"""Exchange sessions: which days trade, when a day is complete, and which are nearest to one that isn't."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas as pd
from exchange_calendars.errors import InvalidCalendarName

from quant.errors import InputError

COMPLETE_AFTER = timedelta(hours=2)
RECENT = date(1990, 1, 1)
"""What most questions are about: the days before are worked out only when one of them is asked for."""
EARLIEST = date(1970, 1, 1)
"""Where the library's rules for holidays begin: it takes all of them before for sessions."""
LATER = {"XTAE": date(2026, 1, 5)}
"""Where the library knows a calendar from a later day on and does not say so: the week had other days."""
LONGEST_REASON = 200


@dataclass(frozen=True)
class Change:
    """A day that the library has wrong: whether it trades, and its close (local time) if it is unusual."""

    day: date
    trades: bool
    close: time | None = None


@dataclass(frozen=True)
class Calendar:
    """The sessions of one exchange, by `exchange_calendars`, from `since` on or where they begin later.

    `changes` are what people know better.
    """

    name: str
    since: date = EARLIEST
    changes: tuple[Change, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The exchange's own time zone."""
        return ZoneInfo(str(_library(self.name, RECENT).tz))

    def day_of(self, moment: datetime) -> date:
        """The day of an instant on the exchange; of the session, where one opens on the evening before."""
        local, library = moment.astimezone(self.zone), _library(self.name, RECENT)
        evening = library.open_offset < 0 and local.time() >= library.open_times[-1][1]
        return local.date() + timedelta(days=evening)

    @property
    def first(self) -> date:
        """The first session that is known."""
        return self._days(self.since)[0]

    def begins(self, start: date) -> date:
        """The first session that is known, as far as rows from `start` on must know it."""
        return self._days(start)[0]

    def is_session(self, day: date) -> bool:
        """Whether the exchange trades on `day` (half days do)."""
        return bool(self.sessions(day, day))

    def close(self, session: date) -> datetime:
        """The close of a session, UTC."""
        library = _library(self.name, self._era(session))
        for change in self.changes:
            if change.day == session and (change.close or not library.is_session(pd.Timestamp(session))):
                return self._local_close(session, change.close or library.close_times[-1][1])
        moment: datetime = library.session_close(pd.Timestamp(session)).to_pydatetime()
        return moment

    def _local_close(self, session: date, at: time) -> datetime:
        offset = timedelta(days=int(_library(self.name, RECENT).close_offset))
        return datetime.combine(session + offset, at, self.zone).astimezone(UTC)

    def next_close(self, day: date) -> datetime:
        """The close of the first session after `day`, UTC: when an order for the next day expires."""
        return self.close(self._after(day))

    def sessions(self, start: date, end: date) -> list[date]:
        """All sessions from `start` to `end`, both included."""
        days = self._days(start)
        return list(days[bisect_left(days, start) : bisect_right(days, end)])

    def window(self, session: date, count: int) -> list[date]:
        """The `count` sessions up to and including `session` (fewer at the calendar's own start)."""
        return self.sessions(session - timedelta(days=int(count * 1.6) + 20), session)[-count:]

    def last_session(self, day: date) -> date:
        """The newest session up to `day`.

        Raises:
            InputError: the calendar begins later.
        """
        days = self._days(day)
        place = bisect_right(days, day)
        if not place:
            days = self._days(self.since)
            place = bisect_right(days, day)
        if not place:
            raise InputError(
                f"{day} is before the first known session of {self.name}, {days[0]}: name a later day."
            )
        return days[place - 1]

    def is_complete(self, day: date, now: datetime) -> bool:
        """Whether nothing more comes of `day`: its session closed two hours before `now`, or is none."""
        return not self.is_session(day) or self.close(day) + COMPLETE_AFTER <= now

    def last_completed(self, now: datetime) -> date:
        """The newest session that is complete at `now`.

        Raises:
            InputError: the calendar begins later.
        """
        session = self.last_session(now.astimezone(UTC).date() + timedelta(days=1))
        while not self.is_complete(session, now):
            session = self.last_session(session - timedelta(days=1))
        return session

    def resolve(self, session: date | None, now: datetime) -> date:
        """The session to work on: the one asked for, or the last one completed.

        Raises:
            InputError: not a session, or not complete yet; the nearest sessions are named.
        """
        latest = self.last_completed(now)
        if session is None:
            return latest
        if session > latest:
            raise InputError(
                f"session {session} is not complete yet: the last completed one of {self.name} is {latest}."
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
        return f"the nearest sessions are {self.last_session(day)} and {self._after(day)}"

    def _after(self, day: date) -> date:
        days = self._days(day)
        return days[bisect_right(days, day)]

    def _era(self, day: date) -> date:
        """From where on the library must know the calendar to speak of `day`."""
        return RECENT if day >= RECENT else min(self.since, RECENT)

    def _days(self, start: date) -> tuple[date, ...]:
        """Every session that is known, in order; where `start` is recent, those since then at least."""
        return _sessions(self.name, self._era(start), self.changes)


@lru_cache(maxsize=32)
def _sessions(name: str, since: date, changes: tuple[Change, ...]) -> tuple[date, ...]:
    known = tuple(stamp.date() for stamp in _library(name, since).sessions)
    if not changes:
        return known
    closed = {change.day for change in changes if not change.trades}
    opened = {change.day for change in changes if change.trades and change.day > known[0]}
    return tuple(sorted({*known, *opened} - closed))


def own_name(name: str) -> str:
    """What a calendar is called by itself, where `name` is another name of it."""
    return str(exchange_calendars.resolve_alias(name))


@lru_cache(maxsize=32)
def _library(name: str, since: date) -> Any:
    try:
        return _build(name, since)
    except (InvalidCalendarName, ValueError, NotImplementedError) as error:
        # Not every calendar that there is works with every pandas; some errors list every date there is.
        reason = re.sub(r"\s+", " ", str(error))
        if len(reason) > LONGEST_REASON:
            reason = f"{reason[:LONGEST_REASON]}..."
        raise InputError(
            f"calendar {name!r} cannot be built by exchange_calendars ({reason}): choose another one."
        ) from error


def _build(name: str, since: date) -> Any:
    start = pd.Timestamp(max(since, LATER.get(own_name(name), since)))
    try:
        return exchange_calendars.get_calendar(name, start=start)
    except ValueError:  # some exchanges' holidays are recorded from a later year on
        recorded = type(exchange_calendars.get_calendar(name)).bound_min()
        if recorded is None:
            raise
        return exchange_calendars.get_calendar(name, start=max(start, recorded))
