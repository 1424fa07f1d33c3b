"""The crash watch: one flow run for each session of an exchange, from before its open to after its close."""

import logging
from datetime import date

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from config import privacy, settings
from flows import clock
from flows.failures import told
from flows.states import keep_log, of_failure, rename
from quant.errors import BallastError
from tasks.context.context import live
from tasks.run.plan import every_portfolio
from tasks.watch import today

log = logging.getLogger(__name__)


@flow(name="watch", persist_result=False)
@told
def watch(calendar: str = "XNYS", session: date | None = None, source: str | None = None) -> State[None]:
    """Watch the minutes of today's session of an exchange for crashes, for every portfolio.

    Args:
        calendar: the exchange, such as XNYS.
        session: the session that must be today's; none: whichever trades now.
        source: a source with minute bars; none: the one that Ballast is set to.
    """
    privacy.begin()
    keep_log()
    try:
        context = live(settings.load(), clock.now, clock.sleep, "ballast watch (Prefect)")
        rename(calendar, session or "today")
        done = today.watch(context, every_portfolio(context.home), source, calendar, session)
    except BallastError as error:
        return of_failure(error)
    return Completed(message=today.words(done))
