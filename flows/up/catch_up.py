"""What the schedule missed while nothing ran: skipped or made up before the worker starts.

Prefect by itself would run everything that is late, the oldest first, and nothing beyond the few runs that it
plans ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flows.up.server import SCHEDULE_ZONE, PlannedRun, Server, planned_at
from quant.errors import InputError
from tasks.context.context import Context
from tasks.run.due import of_day, portfolios_due
from tasks.run.plan import every_portfolio

LATE_RUNS = timedelta(days=200)
"""So far back late runs are looked for."""


@dataclass(frozen=True)
class Missed:
    """Days of the schedule that have passed: those that are made up, and why others are not."""

    made_up: tuple[date, ...]
    why_not: dict[date, str]

    def reason(self, day: date) -> str:
        """Why a day is not made up."""
        return self.why_not.get(day, "no portfolio was to run on it")


def missed(context: Context) -> Missed:
    """What was missed by now, by the calendars and what people were told."""
    today = context.now().astimezone(SCHEDULE_ZONE).date()
    since = today - timedelta(days=context.settings.catch_up_days + 7)
    try:
        names: Sequence[str] = every_portfolio(context.home)
    except InputError:
        names = []
    found = portfolios_due(context, names, since, planned_at)
    days = sorted({day for own in found.values() for day in own})
    reasons = {day: of_day(found, day) for day in days}
    made_up = tuple(day for day in days if reasons[day] is None)
    return Missed(made_up, {day: why for day, why in reasons.items() if why})


def skip_late(server: Server, context: Context, found: Missed) -> list[PlannedRun]:
    """End the late runs that are not due as Skipped, with the reason; those runs. The others are held.

    Done before the deployments are registered: that deletes runs which are only planned, and whoever waits
    for the end of a run that is late would wait in vain.
    """
    late = [run for run in _planned(server, context) if run.state_type == "SCHEDULED"]
    skipped = [run for run in late if run.day not in found.made_up]
    for run in late:
        if run in skipped:
            server.skip(run, found.reason(run.day))
        else:
            server.hold(run)
    return skipped


def make_up(server: Server, context: Context, found: Missed) -> tuple[date, ...]:
    """Plan a run for each day that is due and has none; one that was interrupted or held begins. The days."""
    runs = {run.day: run for run in _planned(server, context)}
    for day in found.made_up:
        if day not in runs:
            server.plan_day(day)
        elif runs[day].state_type in {"CRASHED", "PENDING"}:
            server.begin_again(runs[day])
    return found.made_up


def _planned(server: Server, context: Context) -> list[PlannedRun]:
    now = context.now()
    return server.planned_runs((now - LATE_RUNS).date(), now)
