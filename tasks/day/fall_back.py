"""Step 2b: what the first source does not serve is asked of the others that the portfolio names."""

from collections.abc import Sequence

from config.portfolio import Portfolio
from tasks.context.context import Context
from tasks.context.step import step
from tasks.day.check_data import merge_batch
from tasks.day.fetch import HISTORY, stage_batch
from tasks.ingest.depth import since_counted
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse import runs


@step
def fall_back(context: Context, run_id: str) -> None:
    """Fetch, check and store from each fallback in turn what no source before it serves.

    A fallback that the run has asked is not asked again, so a retry changes nothing.
    """
    with context.warehouse.open() as db:
        policy = Portfolio.model_validate_json(runs.load(db, run_id).config).data
    for number, source in enumerate(policy.fallback, start=1):
        everything = policy.cross_check and number == 1
        _ask(context, run_id, f"{run_id}-{number}", source, everything=everything)


def _ask(context: Context, run_id: str, batch_id: str, source: str, *, everything: bool) -> None:
    with context.warehouse.open() as db:
        if db.one("batch", batch_id=batch_id) is not None:
            return
        snapshot = load_snapshot(db, run_id)
    symbols = snapshot.portfolio.asked if everything else _lacking(snapshot)
    if not symbols:
        return
    session = snapshot.run.session
    first = since_counted(snapshot.portfolio, session, HISTORY)[0]
    stage_batch(context, batch_id, source, snapshot.portfolio, symbols, first, session, filling=True)
    merge_batch(context, run_id, batch_id)


def _lacking(snapshot: Snapshot) -> Sequence[str]:
    """The symbols and rates without an accepted bar on the session due, or with something of it rejected."""
    lacking = {*snapshot.quarantined, *snapshot.stale}
    return [symbol for symbol in snapshot.portfolio.asked if symbol in lacking]
