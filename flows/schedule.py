"""What a scheduled run works on, and how one ends that has nothing to do."""

from collections.abc import Sequence
from datetime import date

from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from prefect.states import Completed

from config.calendars import Calendar
from config.portfolio import Portfolio
from flows.up.server import SCHEDULE_ZONE, planned_at
from tasks.context.context import Context
from tasks.run.due import PUNCTUAL, portfolios_due


def scheduled_session() -> date | None:
    """The New York date for which the schedule created the current flow run; None for any other run.

    It is the date of the planned start: a run that starts late, even days late, works on its own day.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or not run.auto_scheduled or run.expected_start_time is None:
        return None
    return run.expected_start_time.astimezone(SCHEDULE_ZONE).date()


def missed(context: Context, names: Sequence[str], day: date) -> dict[str, str]:
    """Why a run of the schedule that starts late is not due for portfolios, by their names.

    One that a person has begun again is due.
    """
    if flow_run.run_count > 1 or context.now() - planned_at(day) <= PUNCTUAL:
        return {}
    found = portfolios_due(context, names, day, planned_at)
    reasons = {name: own.get(day) for name, own in found.items()}
    return {name: why for name, why in reasons.items() if why is not None}


def resting(day: date, portfolio: Portfolio) -> State[None] | None:
    """The state in which a scheduled run of a portfolio ends at once; None where there is work to do."""
    if portfolio.example:
        words = f"{portfolio.name} is an example that comes with Ballast: it is not scheduled."
        return Completed(name="Example", message=words)
    return holiday(day, portfolio.exchange())


def holiday(day: date, calendar: Calendar) -> State[None] | None:
    """The state in which a scheduled run ends at once on a day without trading; None on a session."""
    if calendar.is_session(day):
        return None
    return Completed(
        name="Holiday", message=f"{day:%A %Y-%m-%d} is not a session of {calendar.name}: nothing to do."
    )
