"""Which sessions a schedule has missed, and which of them are made up.

What is due follows from the exchange calendar and the warehouse, never from what a scheduler remembers: it
plans only a few runs ahead, and after a longer stop runs the oldest first.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from config import portfolio_file as portfolios
from config.calendars import Calendar
from quant.errors import BallastError
from tasks.context.context import Context
from tasks.context.words import count
from warehouse.database.database import Database

PUNCTUAL = timedelta(hours=6)
"""A run that starts so much later than planned has missed nothing."""
RUN = "it was run already"
NO_SESSION = "no portfolio trades on it"


@dataclass(frozen=True)
class CatchUp:
    """Which missed sessions are made up, of those that were planned at most so many days ago."""

    which: Literal["latest", "all", "none"] = "latest"
    days: int = 7


@dataclass(frozen=True)
class Told:
    """A session that a portfolio's people have been told of by a run that did not fail."""

    portfolio: str
    session: date


def due(
    finished: Mapping[date, datetime], told: Collection[date], rule: CatchUp, now: datetime
) -> dict[date, str | None]:
    """For each finished session of a portfolio why it is not due, None where it is. Pure.

    `finished` has the instant for which each one's run was planned, none later than `now`; `told` are the
    sessions that were run. At most one that was missed is due with "latest". None is older than one that was
    told: history does not come after news.
    """
    newest, known = max(finished, default=date.min), max(told, default=None)
    return {
        day: _why_not(day, now - planned, newest, known, rule) if day not in told else RUN
        for day, planned in sorted(finished.items())
    }


def _why_not(day: date, late: timedelta, newest: date, known: date | None, rule: CatchUp) -> str | None:
    if known is not None and day < known:
        return f"{known} has been run since, and history does not come after news"
    if known is None and late > PUNCTUAL:
        return "the portfolio was never run before"
    return _too_late(day, late, newest, rule) if late > PUNCTUAL else None


def _too_late(day: date, late: timedelta, newest: date, rule: CatchUp) -> str | None:
    if rule.which == "none":
        return "missed sessions are not made up (BALLAST_CATCH_UP=none)"
    if late > timedelta(days=rule.days):
        return f"it is more than {count(rule.days, 'day')} late (BALLAST_CATCH_UP_DAYS)"
    if rule.which == "latest" and day != newest:
        return f"{newest} is newer, and only the newest missed session is made up"
    return None


def finished(
    calendar: Calendar, since: date, planned: Callable[[date], datetime], now: datetime
) -> dict[date, datetime]:
    """The sessions since a day that are complete and whose run was planned by `now`, with its instant."""
    days = calendar.sessions(since, now.date() + timedelta(days=1))
    return {day: planned(day) for day in days if planned(day) <= now and calendar.is_complete(day, now)}


def portfolios_due(
    context: Context, names: Sequence[str], since: date, planned: Callable[[date], datetime]
) -> dict[str, dict[date, str | None]]:
    """For each portfolio, its finished sessions since a day and why each is not due.

    One whose file cannot be read counts as one of the default exchange: its own run says what is wrong.
    """
    told, now, found = told_sessions(context), context.now(), {}
    settings = context.settings
    rule = CatchUp(settings.catch_up, settings.catch_up_days)
    for name in names:
        try:
            portfolio = portfolios.load(name, context.home)
            calendar = portfolio.exchange()
        except BallastError:
            calendar = Calendar("XNYS")
        found[name] = due(finished(calendar, since, planned, now), told.get(name, ()), rule, now)
    return found


def of_day(found: Mapping[str, Mapping[date, str | None]], day: date) -> str | None:
    """Why a day of the schedule is due for no portfolio; None where it is for one."""
    reasons = [own[day] for own in found.values() if day in own]
    if None in reasons:
        return None
    return next((reason for reason in reasons if reason), NO_SESSION)


def told_sessions(context: Context) -> dict[str, set[date]]:
    """The sessions that each portfolio's people were told of."""
    found = defaultdict[str, set[date]](set)
    if context.warehouse.exists():
        for row in context.warehouse.read(_told):
            found[row.portfolio].add(row.session)
    return found


def _told(db: Database) -> list[Told]:
    return db.select(Told, "sessions_told")
