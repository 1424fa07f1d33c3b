"""One portfolio's day as a flow run of its own, started by `daily` for all portfolios."""

from dataclasses import replace
from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from config import portfolio_file as portfolios
from config import privacy, settings
from flows import artifacts, clock
from flows.every import Outcome, day_of
from flows.kill_switch import kill_switch
from flows.schedule import resting
from flows.states import keep_log, of_failure, of_report, rename, run_name
from flows.up.served.addresses import links
from quant.errors import BallastError
from tasks.context.context import Context, live
from tasks.run.plan import Asked


class PortfolioFailedError(BallastError):
    """A portfolio's day that failed or could not begin; `outcome` has what there is of it."""

    def __init__(self, outcome: Outcome) -> None:
        report = outcome.report
        failed = f"run {report.run_id} failed: {report.error}" if report else ""
        super().__init__(str(outcome.error) if outcome.error else failed)
        self.outcome = outcome


def due_day(context: Context, asked: Asked, planned: date | None) -> Asked | State[None]:
    """What is asked, with the kill switch of Prefect's pages; the state to end in where nothing is due.

    A portfolio that cannot be read is asked as it is: whoever plans its day says what is wrong.
    """
    try:
        portfolio = portfolios.load(asked.portfolio, context.home)
    except BallastError:
        return asked
    rests = resting(planned, portfolio) if planned else None
    return rests or replace(asked, kill_switch=kill_switch(portfolio.name))


def _run_name() -> str:
    asked = flow_run.parameters
    return run_name(asked["portfolio"], asked["session"] or asked["planned"])


@flow(name="portfolio_day", flow_run_name=_run_name, persist_result=False)
def portfolio_day(
    portfolio: str,
    session: date | None = None,
    source: str | None = None,
    notify: bool = True,
    planned: date | None = None,
    offered: tuple[str, ...] = (),
    token: str | None = None,
) -> Any:
    """Measure, propose, risk-check and tell, for one portfolio, on prices that were fetched for all.

    Args:
        portfolio: A portfolio's name.
        session: The trading day; empty: the last completed one.
        source: A source's name, or files:PATH; empty: the setting BALLAST_SOURCE, else yfinance.
        notify: Whether messages are sent.
        planned: The day of the schedule; a portfolio whose exchange is closed on it has nothing to do.
        offered: The runs that fetched; what they do not have of this portfolio it fetches for itself.
        token: The flow run that started this one: begun again it works on the same run.
    """
    privacy.begin()
    keep_log()
    context = live(settings.load(), clock.now, clock.sleep, "ballast daily (Prefect)")
    asked = Asked(portfolio, session or planned, source, url=flow_run.ui_url)
    due = due_day(context, asked, planned)
    if isinstance(due, State):
        return Completed(name=due.name, message=due.message, data=Outcome(portfolio))
    outcome = day_of(
        context, due, notifying=notify, typed=bool(session or source), offered=offered, token=token,
        begins=lambda request: rename(portfolio, request.session),
    )  # fmt: skip
    if outcome.report is not None:
        rename(portfolio, outcome.report.session)
        artifacts.publish(outcome.report, links(context, outcome.report))
    if outcome.failed or outcome.report is None:
        return of_failure(PortfolioFailedError(outcome))
    return of_report(outcome.report, outcome)
