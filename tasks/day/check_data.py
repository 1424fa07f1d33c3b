"""Step 2: the suites decide what is accepted; one transaction makes it known."""

import logging
from datetime import datetime

import expectations
from config.portfolio import stored
from expectations.verdict import Verdict
from tasks.context.context import Context
from tasks.context.step import step
from tasks.snapshot.between_steps import Known, forget, keep, read, run_of
from warehouse import ingest, runs, staging
from warehouse.database.database import Database
from warehouse.database.files import discard
from warehouse.ingest import Batch, Merged

log = logging.getLogger(__name__)


@step
def check_data(context: Context, run_id: str) -> None:
    """Check what `fetch` staged, store what passed, and fix what this run knows."""
    run = run_of(context, run_id)
    if run.batch_id is not None:
        return  # already ingested: a retry keeps its known_at
    merge_batch(context, run_id, run_id, is_last=not stored(run.config).data.fallback)


def merge_batch(
    context: Context,
    run_id: str,
    batch_id: str,
    known_at: datetime | None = None,
    *,
    is_last: bool = False,
) -> tuple[Batch, Merged]:
    """Validate a staged batch and store it; the run that it belongs to knows it from then on.

    `known_at` is when an archived delivery was received. With `is_last` the run then knows all that it will,
    which is read at once: the next steps need not visit the warehouse for it.

    Raises:
        InputError: with `known_at`, later knowledge of its source is stored.
    """
    file = staging.staging_file(context.home, batch_id)
    with staging.opened(file) as connection:
        batch = staging.read_batch(connection)
        daily = batch.interval == "1d"
        pages = context.home / "data-docs" if daily else None  # of each minute would be too many
        verdict = expectations.validate(connection, pages, batch_id, daily=daily)
    merged, known = context.warehouse.transact(
        lambda db: (
            _store(db, run_id, batch, verdict, context.now(), known_at),
            read(db, run_id) if is_last else None,
        ),
        file,
    )
    _keep(context, run_id, known)
    discard(file)
    if merged.held:
        log.info("stored: nothing, the delivery was held: %s", merged.held)
    else:
        counts = merged.rows_new, merged.rows_restated, merged.rows_quarantined
        log.info("stored: %d new rows, %d restated, %d quarantined", *counts)
    return batch, merged


def _store(
    db: Database, run_id: str, batch: Batch, verdict: Verdict, now: datetime, known_at: datetime | None
) -> Merged:
    """Merge the attached batch, or hold it, and fix that its run knows it."""
    if verdict.held:
        merged = ingest.hold(db, batch, verdict.held)
    elif known_at:
        merged = ingest.merge_as_known(db, batch, known_at)
    else:
        merged = ingest.merge(db, batch, now)
    docs = str(verdict.docs) if verdict.docs else None
    runs.ingested(db, run_id, batch.batch_id, docs, now, known_at)
    return merged


def _keep(context: Context, run_id: str, known: Known | None) -> None:
    """Keep in this process what the run knows now; nothing where that is not all that it will know."""
    if known is None:
        forget(context, run_id)
    else:
        keep(context, known)
