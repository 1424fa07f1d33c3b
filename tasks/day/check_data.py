"""Step 2: the suites decide what is accepted; one transaction makes it known."""

import logging
from datetime import datetime

import expectations
from tasks.context.context import Context
from tasks.context.step import step
from warehouse import ingest, runs, staging
from warehouse.ingest import Batch, Merged
from warehouse.logged import discard

log = logging.getLogger(__name__)


@step
def check_data(context: Context, run_id: str) -> None:
    """Check what `fetch` staged, store what passed, and fix what this run knows."""
    with context.warehouse.open() as db:
        if runs.load(db, run_id).batch_id is not None:
            return  # already ingested: a retry keeps its known_at
    merge_batch(context, run_id, run_id)


def merge_batch(
    context: Context, run_id: str, batch_id: str, known_at: datetime | None = None
) -> tuple[Batch, Merged]:
    """Validate a staged batch and store it; the run that it belongs to knows it from then on.

    `known_at` is when an archived delivery was told.

    Raises:
        InputError: with `known_at`, later knowledge of its source is stored.
    """
    file = staging.staging_file(context.home, batch_id)
    with staging.opened(file) as connection:
        verdict = expectations.validate(connection, context.home / "data-docs", batch_id)
        batch = staging.read_batch(connection)
    with context.warehouse.open(attach=file) as db:
        if verdict.held:
            merged = ingest.hold(db, batch, verdict.held)
        elif known_at:
            merged = ingest.merge_as_known(db, batch, known_at)
        else:
            merged = ingest.merge(db, batch, context.now())
        docs = str(verdict.docs) if verdict.docs else None
        runs.ingested(db, run_id, batch_id, docs, context.now(), known_at)
    discard(file)
    log.info(
        "%d new rows, %d restated, %d quarantined",
        merged.rows_new,
        merged.rows_restated,
        merged.rows_quarantined,
    )
    return batch, merged
