"""The crash watch of every exchange that a portfolio holds, started before its open and again where it died.

Asked every half minute by `ballast up`: which session needs a watch is known from the exchange's calendar, so
that a holiday starts none and a half day ends early. A watch that a person has cancelled is not begun again;
one that failed is, a few times, and one whose process died, also for some time after the close.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from config.calendar_overrides import exchange
from flows.up.server import Server
from quant.documents import Json
from quant.errors import InputError
from tasks import sources
from tasks.alerts import in_force
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.outbox.failed import failed
from tasks.run.plan import every_portfolio
from tasks.watch.kept import file
from tasks.watch.today import LATE
from tasks.watch.wanted import exchanges

log = logging.getLogger(__name__)
WATCH = "watch"
EARLY = timedelta(minutes=15)
"""So long before the open a watch begins, which checks the source first."""
AGAIN = {"CRASHED": 20, "FAILED": 3}
"""So often a watch whose process died, or that failed, is started again in a session."""


@dataclass(frozen=True)
class Due:
    """A session that is to be watched now, from 15 minutes before its open to its close.

    `is_over`: it has closed since, so that only a watch that died is to be ended.
    """

    calendar: str
    session: date
    hours: tuple[tuple[datetime, datetime], ...]
    is_over: bool = False

    @property
    def parameters(self) -> Json:
        """Of its flow run."""
        return {"calendar": self.calendar, "session": self.session.isoformat()}


def due(context: Context) -> Iterator[Due]:
    """The sessions to watch now; none where no vendor serves minute bars or the watch is off."""
    if not in_force.rules(context).watch.live:
        return
    source = sources.resolve(context.settings.source).source
    try:
        names = every_portfolio(context.home)
    except InputError:  # there is none yet
        return
    if source.VENDOR is None or "1m" not in source.INTERVALS:  # a file has no news of this minute
        return
    now = context.now()
    for name in exchanges(context, names):
        calendar = exchange(context.home, name)
        for day in sorted({calendar.day_of(now - LATE), calendar.day_of(now + EARLY)}):
            if calendar.is_session(day):
                hours = calendar.hours(day)
                if hours[0][0] - EARLY <= now < hours[-1][1] + LATE:
                    yield Due(name, day, tuple(hours), is_over=now >= hours[-1][1])


def look(context: Context, server: Server) -> None:
    """Start each watch that is due and does not run, and tell the operator of one that is silent."""
    with optional("the crash watch was not looked at"):
        for one in due(context):
            if server.is_paused(WATCH):
                continue
            if _is_wanted(server, one):
                server.start_once(WATCH, one.parameters, f"{WATCH} {one.calendar} {one.session}")
            _tell_silence(context, one)


def _is_wanted(server: Server, one: Due) -> bool:
    states = server.states(WATCH, one.parameters)
    if not states:
        return not one.is_over
    return len(states) <= AGAIN.get(states[0], 0)


def _tell_silence(context: Context, one: Due) -> None:
    """Tell the operator, once for each silence, that a watch has passed no minute while the market trades."""
    limit, now = timedelta(minutes=in_force.rules(context).watch.silent_minutes), context.now()
    begun = [begin for begin, end in one.hours if begin <= now < end]
    since = max([*begun, *_passed(context, one)]) if begun else now
    if now - since > limit:
        cause = f"the watch of {one.calendar} has passed no minute since {since:%H:%M} UTC"
        failed(context, WATCH, "dead-man", cause)


def _passed(context: Context, one: Due) -> list[datetime]:
    """When the watch last kept what it had passed; empty where it has not."""
    try:
        written = file(context.home, one.calendar, one.session).stat().st_mtime
    except OSError:
        return []
    return [datetime.fromtimestamp(written, UTC)]
