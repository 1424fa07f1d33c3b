"""The weekly review of each portfolio: what ran, what became of its orders, and the drift at the end."""

import logging
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from config import privacy, settings
from flows import clock
from flows.failures import told
from flows.schedule import scheduled_session
from flows.states import keep_log, of_failure, run_name
from flows.up.server import SCHEDULE_ZONE
from quant.errors import BallastError, InputError
from tasks.context.context import Context, live
from tasks.context.words import count
from tasks.outbox.review import reviewed as tell
from tasks.report.formats import markdown
from tasks.run.plan import every_portfolio
from tasks.run.week import orders, review, week_of

log = logging.getLogger(__name__)


def _run_name() -> str:
    asked = flow_run.parameters
    return run_name(asked["portfolio"], asked["day"] or scheduled_session())


@flow(name="weekly", flow_run_name=_run_name, persist_result=False)
@told
def weekly(portfolio: str = "all", day: date | None = None) -> State[Any]:
    """Review a week: what ran, what was proposed, approved and filled, and the drift at its end.

    Args:
        portfolio: A portfolio's name, or all.
        day: A day of the week, up to which it is reviewed; empty: today.
    """
    privacy.begin()
    keep_log()
    try:
        context = live(settings.load(), clock.now, clock.sleep, "ballast weekly (Prefect)")
        last = day or scheduled_session() or clock.now().astimezone(SCHEDULE_ZONE).date()
        names = every_portfolio(context.home) if portfolio == "all" else [portfolio]
        return _reviewed(context, names, last)
    except InputError as error:
        return Completed(name="No portfolio", message=str(error))
    except BallastError as error:
        return of_failure(error)


def _reviewed(context: Context, names: Sequence[str], last: date) -> State[Any]:
    """An artifact and a message for each portfolio that was run in the week."""
    said = []
    for name in names:
        week = week_of(context, name, last)
        if week is None:
            said.append(f"{name}: not run")
            continue
        key = re.sub(r"[^a-z0-9]+", "-", f"weekly {name}".lower()).strip("-")
        page = markdown.render(review(week))
        create_markdown_artifact(page, key=key, description=f"Week of {week.monday}: {name}")
        for one in tell(context, week):
            why = f" ({one.error})" if one.error else ""
            log.info("%s: %s to %s%s", one.state, one.kind, one.channel, why)
        said.append(f"{name}: {week.ran} of {count(len(week.sessions), 'session')} run, {orders(week)}")
    return Completed(message="; ".join(said))
