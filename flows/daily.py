"""The daily flow, as Prefect schedules it and as its pages offer it for any other day."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect.variables import Variable

from config import portfolio as portfolios
from config import privacy, settings
from flows import artifacts, clock
from flows.day import refuse_day, run_day
from flows.schedule import in_a_sentence, resting, scheduled_session
from quant.errors import BallastError, InputError
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.report.model import Report
from tasks.run import refused
from tasks.run.plan import Asked, every_portfolio, plan

KILL_SWITCH = "ballast_kill_switch"
OFF = {"", "0", "off", "false", "no", "none"}


class RunFailedError(BallastError):
    """Portfolios that failed; Prefect shows the sentence, the command line the first failed run's report."""

    def __init__(self, failures: Sequence[BallastError], failed: Sequence[Report]) -> None:
        sentences = [f"run {report.run_id} failed: {report.error}" for report in failed]
        super().__init__("; ".join([*map(str, failures), *sentences]))
        self.report = failed[0] if failed else None


def _run_name() -> str:
    """The portfolio's name and the session, as asked for: what a list of runs should show."""
    asked = flow_run.parameters
    return f"{Path(asked['portfolio']).stem} {asked['session'] or 'latest'}"


@flow(name="daily", flow_run_name=_run_name, persist_result=False)
def daily(
    portfolio: str = "core", session: date | None = None, source: str | None = None, notify: bool = True
) -> Any:
    """Fetch, check, measure, propose, risk-check and tell, for one trading day.

    Args:
        portfolio: A portfolio's name, the path of a portfolio file (TOML), or all.
        session: The trading day; empty: the last completed one.
        source: yfinance, bundled or files:PATH; empty: the setting BALLAST_SOURCE, else yfinance.
        notify: Whether messages are sent.
    """
    privacy.begin()
    in_a_sentence()
    context = Context(settings.load(), clock.now, clock.sleep, "ballast daily (Prefect)")
    try:
        names = every_portfolio(context.home) if portfolio == "all" else [portfolio]
    except InputError as error:
        return Completed(name="No portfolio", message=str(error))
    outcomes = [_one(context, name, session, source, notify, every=portfolio == "all") for name in names]
    reports = [outcome for outcome in outcomes if isinstance(outcome, Report)]
    failed = [report for report in reports if report.status == "failed"]
    failures = [outcome for outcome in outcomes if isinstance(outcome, BallastError)]
    if failed or failures:
        why = RunFailedError(failures, failed)
        return Failed(message=str(why), data=why)
    return reports[0] if len(reports) == 1 else (reports or outcomes[0])


def _one(
    context: Context, name: str, session: date | None, source: str | None, notify: bool, *, every: bool
) -> Report | State[None] | BallastError:
    """One portfolio's day: its report; the state to end in when it rests; or why it could not be run."""
    planned = scheduled_session() if session is None else None
    asked = Asked(name, session or planned, source, url=flow_run.ui_url)
    try:
        portfolio = portfolios.load(name, context.home)
        rests = resting(planned, portfolio) if planned else None
        if rests is not None:
            return rests
        stop = _kill_switch(portfolio.name)
        request = plan(context, replace(asked, kill_switch=stop))
        report = run_day(context, request, notifying=notify, token=flow_run.id)
    except BallastError as error:
        if isinstance(error, InputError) and (every or planned):
            _refuse(context, asked, error, notify, typed=bool(session or source))
        return error
    artifacts.publish(report)
    return report


def _refuse(context: Context, asked: Asked, error: InputError, notify: bool, *, typed: bool) -> None:
    """Tell a portfolio's people that it could not be run: nobody looks at what a schedule says."""
    with optional(f"that portfolio {asked.portfolio} could not be run was not entered"):
        request = refused.order(context, asked, typed=typed)
        if request is not None:
            artifacts.publish(refuse_day(context, request, error, notifying=notify, token=flow_run.id))


def _kill_switch(portfolio: str) -> str | None:
    """Why everything must be HELD, from the Prefect variable for all or for the portfolio; None when off."""
    for name in (KILL_SWITCH, f"{KILL_SWITCH}_{re.sub('[^a-z0-9]', '_', portfolio.lower())}"):
        value = str(Variable.get(name, default="") or "").strip()
        if value.lower() not in OFF:
            return f"Prefect variable {name}: {value}"
    return None
