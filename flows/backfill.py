"""The backfill flow: history on demand, from Prefect's pages."""

from datetime import date

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from config import privacy, settings
from flows import backfill_run, clock
from flows.failures import StepsFailedError, told
from flows.states import keep_log, of_failure
from quant.errors import BallastError, InputError
from tasks.context.context import live
from tasks.data.backfill import Backfilled
from tasks.run.plan import every_portfolio


@flow(name="backfill", flow_run_name="{portfolio} from {start}", persist_result=False)
@told
def backfill(
    start: date, end: date | None = None, portfolio: str = "core", source: str | None = None
) -> State[None] | None:
    """Fetch and check history into the warehouse; proposes no trades, sends no message.

    Args:
        start: The first day to fetch.
        end: The last day; empty: the last completed session.
        portfolio: A portfolio's name, a portfolio file (the path ends in .toml), or all.
        source: A source's name, or files:PATH; empty: the setting BALLAST_SOURCE, else yfinance.
    """
    privacy.begin()
    keep_log()
    context = live(settings.load(), clock.now, clock.sleep, "ballast backfill (Prefect)")
    failures = []
    try:
        names = every_portfolio(context.home) if portfolio == "all" else [portfolio]
    except InputError as error:
        return Completed(name="No portfolio", message=str(error))
    for name in names:
        try:
            _show(name, backfill_run.backfill(context, name, start, end, source))
        except BallastError as error:
            failures.append((name, f"{name}: {error}"))
    if failures:
        return of_failure(StepsFailedError(failures))
    return None


def _show(name: str, done: Backfilled) -> None:
    create_markdown_artifact(
        f"**{done.rows_new}** new rows, **{done.rows_restated}** restated, "
        f"**{done.rows_quarantined}** quarantined, {len(done.errors)} symbols failed "
        f"({done.start} to {done.end}, {done.source}).",
        key="backfill",
        description=f"Backfill of {name}",
    )
