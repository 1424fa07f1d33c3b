"""The daily flow, as Prefect schedules it and as its pages offer it for any other day."""

import logging
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed

from config import portfolio_file as portfolios
from config import privacy, settings
from flows import artifacts, clock, runners
from flows.day import finish, run_day
from flows.every import Outcome, prepare, refuse
from flows.failures import StepsFailedError, told
from flows.portfolio_day import PortfolioFailedError, due_day, portfolio_day
from flows.schedule import missed, resting, scheduled_session
from flows.states import keep_log, of_failure, of_report, of_several, rename, run_name
from flows.up.served.addresses import links
from quant.errors import BallastError, InputError
from tasks.context.context import Context, live
from tasks.context.step import begun
from tasks.run.plan import Asked, every_portfolio, plan

log = logging.getLogger(__name__)

AGAIN = 60.0
"""Seconds before a portfolio's day that failed is begun again, where that is set."""


@dataclass(frozen=True)
class Given:
    """The parameters of `portfolio_day`."""

    portfolio: str
    session: date | None
    source: str | None
    notify: bool
    planned: date | None
    offered: tuple[str, ...]
    token: str


class RunFailedError(StepsFailedError):
    """Portfolios that failed; Prefect shows the sentence, the command line the reports.

    `outcomes` has those of the portfolios that did not fail too.
    """

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        failed = [one for one in outcomes if one.failed]
        causes = [(f"{one.step} of {one.portfolio}", str(PortfolioFailedError(one))) for one in failed]
        super().__init__(causes)
        self.outcomes = outcomes


def _run_name() -> str:
    """The portfolio's name and the session that was asked for, or that the schedule means."""
    asked = flow_run.parameters
    return run_name(asked["portfolio"], asked["session"] or scheduled_session())


@flow(name="daily", flow_run_name=_run_name, persist_result=False)
@told
def daily(
    portfolio: str = "core", session: date | None = None, source: str | None = None, notify: bool = True
) -> Any:
    """Run one trading day: fetch, check, measure, propose, risk-check and notify.

    Args:
        portfolio: A portfolio's name, a portfolio file (the path ends in .toml), or all.
        session: The trading day; empty: the last completed one.
        source: A source's name, or files:PATH; empty: the setting BALLAST_SOURCE, else yfinance.
        notify: Whether messages are sent.
    """
    privacy.begin()
    keep_log()
    try:
        context = live(settings.load(), clock.now, clock.sleep, "ballast daily (Prefect)")
        planned = scheduled_session() if session is None else None
        if portfolio == "all":
            return _every(context, session, source, planned, notify)
        found = _one(context, Asked(portfolio, session, source, url=flow_run.ui_url), planned, notify)
    except BallastError as error:
        return of_failure(error)
    if isinstance(found, State):
        return found
    if found.failed or found.report is None:
        return of_failure(RunFailedError([found]))
    return of_report(found.report, found.report)


def _every(
    context: Context, session: date | None, source: str | None, planned: date | None, notify: bool
) -> State[Any]:
    """The day of every portfolio; how many ended in which way."""
    try:
        names = every_portfolio(context.home)
    except InputError as error:
        return Completed(name="No portfolio", message=str(error))
    late = missed(context, names, planned) if planned else {}
    for name, why in late.items():
        log.info("%s is not due: %s", name, why)
    rests = _resting(context, names, planned)
    if len({*rests, *late}) == len(names):
        return rests.get(names[0]) or Cancelled(name="Skipped", message=next(iter(late.values())))
    asked = [Asked(name, session, source) for name in names if name not in late]
    outcomes = _all(context, asked, rests, planned, notify) + [Outcome(name) for name in late]
    if worked := [one.report.session for one in outcomes if one.report is not None]:
        rename("all", max(worked))
    return of_several(outcomes, RunFailedError(outcomes) if any(one.failed for one in outcomes) else None)


def _one(context: Context, asked: Asked, planned: date | None, notify: bool) -> Outcome | State[None]:
    """One portfolio's day, which fetches for itself; the state to end in when it rests."""
    typed = bool(asked.session or asked.source)
    asked = Asked(asked.portfolio, asked.session or planned, asked.source, url=asked.url)
    due = due_day(context, asked, planned)
    if isinstance(due, State):
        return due
    if planned and (late := missed(context, [asked.portfolio], planned)):
        return Cancelled(name="Skipped", message=late[asked.portfolio])
    try:
        request = plan(context, due)
        rename(asked.portfolio, request.session)
        report = run_day(context, request, notifying=notify, token=str(flow_run.id))
    except BallastError as error:
        refusal = None
        if isinstance(error, InputError) and planned:  # nobody looks at what a schedule says
            token = str(flow_run.id)
            refusal = refuse(context, asked, error, notifying=notify, typed=typed, token=token)
        if refusal is not None:
            rename(asked.portfolio, refusal.session)
            artifacts.publish(refusal, links(context, refusal))
        return Outcome(asked.portfolio, refusal, error)
    artifacts.publish(report, links(context, report))
    return Outcome(asked.portfolio, report, step=begun())


def _all(
    context: Context,
    asked: Sequence[Asked],
    rests: Container[str],
    planned: date | None,
    notify: bool,
) -> list[Outcome]:
    """The day of each portfolio as a flow run of its own, on prices that are fetched once."""
    token = str(flow_run.id)
    resting_ones = [one.portfolio for one in asked if one.portfolio in rests]
    working = [
        Asked(one.portfolio, one.session or planned, one.source)
        for one in asked
        if one.portfolio not in rests
    ]
    outcomes: dict[str, Outcome] = {}
    with runners.running(context.settings) as runner, context.warehouse.keeping():
        found = prepare(context, working, token)
        parameters = {
            one.portfolio: {
                "name": one.portfolio,
                "given": Given(one.portfolio, one.session, one.source, notify, planned, found.offered, token),
                "retries": context.settings.retries,
            }
            for one in asked
        }
        futures = {name: runner.submit(begin, parameters[name]) for name in (*resting_ones, *found.first)}
        outcomes |= {name: _outcome(name, future) for name, future in futures.items()}
        for name in found.last:
            outcomes[name] = _outcome(name, runner.submit(begin, parameters[name]))
    finish(context)
    return [outcomes[one.portfolio] for one in asked]


def _resting(context: Context, names: Sequence[str], planned: date | None) -> dict[str, State[None]]:
    """The portfolios that have nothing to do on the day of the schedule, each with the state that says so."""
    found: dict[str, State[None]] = {}
    if planned is None:
        return found
    for name in names:
        try:
            rests = resting(planned, portfolios.load(name, context.home))
        except BallastError:
            continue  # its own day tells what is wrong
        if rests is not None:
            found[name] = rests
    return found


@task(task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False)
def begin(name: str, given: Given, retries: int) -> Outcome:
    """Run one portfolio's day as a flow run below this one; what became of it, whatever that is.

    Prefect starts flow runs beside each other through tasks: a flow itself cannot be submitted. One that
    failed is begun again as another flow run of the same token, so that it works on the same prices.
    """
    for left in range(retries, -1, -1):
        try:
            found: Outcome = portfolio_day(**vars(given))
        except PortfolioFailedError as error:
            found = error.outcome
        except Exception as error:  # noqa: BLE001 - Prefect's own failures are this portfolio's, and stop no other
            found = Outcome(name, error=BallastError(f"{type(error).__name__}: {error}"))
        if not (found.failed and left):
            break
        clock.sleep(AGAIN)
    return found


def _outcome(name: str, future: PrefectFuture[Outcome]) -> Outcome:
    found = future.result(raise_on_failure=False)
    if isinstance(found, Outcome):
        return found
    return Outcome(name, error=BallastError(f"{type(found).__name__}: {found}"))
