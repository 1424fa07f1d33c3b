"""Step 2b: what the first source does not serve is asked of the others that the portfolio names."""

from collections.abc import Sequence

from config.portfolio import Portfolio, stored
from tasks.context.context import Context
from tasks.context.step import step
from tasks.day.check_data import merge_batch
from tasks.day.fetch import stage_batch
from tasks.ingest.sharing import wanted
from tasks.ingest.source_selection import lacking
from tasks.snapshot.between_steps import run_of
from warehouse import ingest, runs
from warehouse.database.database import Database
from warehouse.runs import Run


@step
def fall_back(context: Context, run_id: str) -> None:
    """Fetch, check and store from each fallback in turn what no source before it serves.

    A fallback that the run has asked is not asked again, so a retry changes nothing.
    """
    portfolio = stored(run_of(context, run_id).config)
    for number, source in enumerate(portfolio.data.fallback, start=1):
        everything = portfolio.data.cross_check and number == 1
        _ask(context, run_id, f"{run_id}-{number}", source, portfolio, everything=everything)


def _ask(
    context: Context, run_id: str, batch_id: str, source: str, portfolio: Portfolio, *, everything: bool
) -> None:
    run, symbols = context.warehouse.read(
        lambda db: _left(db, run_id, batch_id, portfolio, everything=everything)
    )
    if not symbols:
        return
    asked = wanted(portfolio, run.session, context.now())
    stage_batch(context, batch_id, source, asked, symbols, filling=True)
    merge_batch(context, run_id, batch_id)


def _left(
    db: Database, run_id: str, batch_id: str, portfolio: Portfolio, *, everything: bool
) -> tuple[Run, Sequence[str]]:
    """The run, and the symbols that are to be asked for; none where that has been done."""
    run = runs.load(db, run_id)
    if ingest.stored(db, batch_id) is not None:
        return run, ()
    return run, portfolio.asked if everything else lacking(db, run, portfolio)
