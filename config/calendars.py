"""Exchange sessions: which days trade, when a day is complete, and which are nearest to one that isn't."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from config.exchange_facts import RECENT, ExchangeFacts, facts
from quant.errors import InputError

COMPLETE_AFTER = timedelta(hours=2)
EARLIEST = date(1970, 1, 1)
"""Where the library's rules for holidays begin: it takes all of them before for sessions."""
LONGEST_CLOSURE = timedelta(days=30)
"""Within so many days every exchange has a session."""


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
        return ZoneInfo(self._rules.zone)

    def day_of(self, moment: datetime) -> date:
        """The day of an instant on the exchange; of the session, where one opens on the evening before."""
        local = moment.astimezone(self.zone)
        evening = self._rules.open_offset < 0 and local.time() >= self._rules.begins
        return local.date() + timedelta(days=evening)

    @property
    def first(self) -> date:
        """The first session that is known."""
        return self._days(self.since, self.since)[0]

    def begins(self, start: date) -> date:
        """The first session that is known, as far as rows from `start` on must know it."""
        return self._days(start, start)[0]

    def is_session(self, day: date) -> bool:
        """Whether the exchange trades on `day` (half days do)."""
        return bool(self.sessions(day, day))

    def close(self, session: date) -> datetime:
        """The close of a session, UTC."""
        closing = facts(self.name, self._era(session), session).closing
        for change in self.changes:
            if change.day == session and (change.close or session not in closing):
                return self._local(session, change.close or self._rules.ends, self._rules.close_offset)
        return closing[session]

    def hours(self, session: date) -> list[tuple[datetime, datetime]]:
        """When a session trades, UTC: from its open to its close, in two parts where it has a break."""
        known = facts(self.name, self._era(session), session)
        begin, end = known.opening.get(session), self.close(session)
        begin = begin or self._local(session, self._rules.begins, self._rules.open_offset)
        pause = known.pauses.get(session)
        if pause is None or pause[1] >= end:
            return [(begin, end)]
        return [(begin, pause[0]), (pause[1], end)]

    def _local(self, session: date, at: time, offset: int) -> datetime:
        return datetime.combine(session + timedelta(days=offset), at, self.zone).astimezone(UTC)

    def next_close(self, day: date) -> datetime:
        """The close of the first session after `day`, UTC: when an order for the next day expires."""
        return self.close(self._after(day))

    def sessions(self, start: date, end: date) -> list[date]:
        """All sessions from `start` to `end`, both included."""
        days = self._days(start, end)
        return list(days[bisect_left(days, start) : bisect_right(days, end)])

    def window(self, session: date, count: int) -> list[date]:
        """The `count` sessions up to and including `session` (fewer at the calendar's own start)."""
        return self.sessions(session - timedelta(days=int(count * 1.6) + 20), session)[-count:]

    def last_session(self, day: date) -> date:
        """The newest session up to `day`.

        Raises:
            InputError: the calendar begins later.
        """
        days = self._days(day, day)
        place = bisect_right(days, day)
        if not place:
            days = self._days(self.since, day)
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
        early = f"is not complete yet: the last completed one of {self.name} is {latest}"
        return self._asked(session, latest, early)

    def begun(self, session: date | None, now: datetime) -> date:
        """The session to look into while it trades: the one asked for, or the last one that has opened.

        Raises:
            InputError: not a session, or not open yet; the nearest sessions are named.
        """
        latest = self.last_session(now.astimezone(UTC).date() + timedelta(days=1))
        while self.hours(latest)[0][0] > now:
            latest = self.last_session(latest - timedelta(days=1))
        early = f"has not opened yet: the last one of {self.name} that has is {latest}"
        return self._asked(session, latest, early)

    def _asked(self, session: date | None, latest: date, early: str) -> date:
        """The session that was asked for, or the latest; `early` says what is wrong with one after that."""
        if session is None:
            return latest
        if session > latest:
            raise InputError(f"session {session} {early}.")
        return self._require(session)

    def _require(self, session: date) -> date:
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
        days = self._days(day, day + LONGEST_CLOSURE)
        return days[bisect_right(days, day)]

    def _era(self, day: date) -> date:
        """From where on the library must know the calendar to speak of `day`."""
        return RECENT if day >= RECENT else min(self.since, RECENT)

    def _days(self, start: date, end: date) -> tuple[date, ...]:
        """Every session that is known, in order; where `start` is recent, those since then at least."""
        known = facts(self.name, self._era(start), end)
        return _sessions(known, self.changes) if self.changes else known.sessions

    @property
    def _rules(self) -> ExchangeFacts:
        """What is so on every day."""
        return facts(self.name, RECENT, RECENT)


@lru_cache(maxsize=32)
def _sessions(known: ExchangeFacts, changes: tuple[Change, ...]) -> tuple[date, ...]:
    """The sessions, as people know them better."""
    closed = {change.day for change in changes if not change.trades}
    opened = {change.day for change in changes if change.trades and change.day > known.sessions[0]}
    return tuple(sorted({*known.sessions, *opened} - closed))
