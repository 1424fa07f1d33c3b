"""A session, or its part up to an instant, played as the watch sees it; nobody is told and nothing stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from config.calendar_overrides import exchange
from quant.errors import InputError
from quant.intraday.bars import Counts
from tasks.context.context import Context
from tasks.sources import SymbolError
from tasks.watch import market
from tasks.watch.feed import Feed, checked
from tasks.watch.minutes import Played, Seen
from tasks.watch.wanted import Wanted, read, wanted

Each = Callable[[datetime, list[Seen]], None]
"""Told the end of every minute and what changed in it."""


@dataclass(frozen=True)
class Replayed:
    """What was seen. `minutes` is how many were played, `counts` what became of the bars, in rows.

    `errors` are the symbols that the source had nothing of; `is_over`: the session was played to its end.
    """

    wanted: Wanted
    source: str
    minutes: int
    seen: tuple[Seen, ...]
    counts: Counts
    errors: tuple[SymbolError, ...]
    is_over: bool


def replay(
    context: Context,
    names: Sequence[str],
    *,
    session: date | None,
    at: datetime | None,
    source: str | None,
    calendar: str | None,
    each: Each = lambda *_: None,
) -> Replayed:
    """Play a session (None: that of `at`, or the last one that has opened) up to `at`, or to its end.

    Raises:
        InputError: anything that is asked for is not right, or the source has no bar of the session.
    """
    asked = planned(context, names, session=session, at=at, calendar=calendar)
    name = checked(context, asked, source)
    opening = market.unknown(asked)
    if context.warehouse.exists():
        opening = context.warehouse.read(lambda db: market.at_open(db, context, asked))
    feed = Feed(context, asked, name, opening.split)
    bars, number = feed.whole(), last_minute(asked, min(at or context.now(), context.now()))
    if not len(bars.minute):
        first = next(iter(feed.errors.values()), None)
        why = f": {first.symbol}: {first.error}" if first else ""
        raise InputError(f"{name} has no minute bar of {asked.session}{why}.")
    played, seen = Played.fresh(asked, opening), []
    for minute, changes in played.play(bars, number):
        seen += changes
        each(asked.moment(minute).replace(tzinfo=UTC) + timedelta(minutes=1), changes)
    if played.is_over:
        ended = played.finish()
        seen += ended
        each(asked.calendar.close(asked.session), ended)
    return Replayed(
        asked, name, number + 1, tuple(seen), played.counts, tuple(feed.errors.values()), played.is_over
    )


def planned(
    context: Context, names: Sequence[str], *, session: date | None, at: datetime | None, calendar: str | None
) -> Wanted:
    """The watch that is asked for; without a calendar that of the first portfolio.

    Raises:
        InputError: the session is none, lies ahead, or is not that of `at`.
    """
    first = wanted_calendar(context, names) if calendar is None else calendar
    traded, now = exchange(context.home, first), context.now()
    if at is not None and at > now:
        raise InputError(f"--at {at:%Y-%m-%d %H:%M} UTC lies ahead: name an instant that has passed.")
    day = traded.begun(session if session or at is None else traded.day_of(at), now)
    found = wanted(context, names, first, day)
    begin, end = traded.hours(day)[0][0], traded.close(day)
    if at is not None and not begin < at <= end + timedelta(days=1):
        raise InputError(
            f"--at {at:%Y-%m-%d %H:%M} UTC is not in the session of {day}, "
            f"{begin:%H:%M} to {end:%H:%M} UTC: name an instant in it."
        )
    return found


def wanted_calendar(context: Context, names: Sequence[str]) -> str:
    """The exchange of the first portfolio whose file can be used.

    Raises:
        InputError: there is none.
    """
    for one in read(context, names).values():
        return one.calendar
    raise InputError("no portfolio can be watched: see the messages above.")


def last_minute(asked: Wanted, now: datetime) -> int:
    """The number of the last minute that has ended at an instant; -1 before the first has."""
    moment = np.datetime64(now.astimezone(UTC).replace(tzinfo=None))
    return int((asked.minutes + np.timedelta64(60, "s") <= moment).sum()) - 1
