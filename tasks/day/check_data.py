"""Step 2: the suites decide what is accepted; one transaction makes it known."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

import expectations
from config.portfolio import stored
from tasks.context.context import Context
from tasks.context.step import step
from tasks.snapshot.between_steps import forget, read, run_of
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
    if stored(run.config).data.fallback:
        merge_batch(context, run_id, run_id)
    else:  # the run knows all that it will: the next steps need not visit the warehouse for it
        merge_batch(context, run_id, run_id, then=partial(read, context))


def merge_batch(
    context: Context,
    run_id: str,
    batch_id: str,
    known_at: datetime | None = None,
    then: Callable[[Database, str], object] = lambda *_: None,
) -> tuple[Batch, Merged]:
    """Validate a staged batch and store it; the run that it belongs to knows it from then on.

    `known_at` is when an archived delivery was told. `then` is done with the run in the same transaction.

    Raises:
        InputError: with `known_at`, later knowledge of its source is stored.
    """
    file = staging.staging_file(context.home, batch_id)
    with staging.opened(file) as connection:
        batch = staging.read_batch(connection)
        daily = batch.interval == "1d"
        pages = context.home / "data-docs" if daily else None  # of each minute would be too many
        verdict = expectations.validate(connection, pages, batch_id, daily=daily)
    with context.warehouse.open(attach=file) as db:
        if verdict.held:
            merged = ingest.hold(db, batch, verdict.held)
        elif known_at:
            merged = ingest.merge_as_known(db, batch, known_at)
        else:
            merged = ingest.merge(db, batch, context.now())
        docs = str(verdict.docs) if verdict.docs else None
        runs.ingested(db, run_id, batch_id, docs, context.now(), known_at)
        forget(context, run_id)
        then(db, run_id)
    discard(file)
    log.info(
        "%d new rows, %d restated, %d quarantined",
        merged.rows_new,
        merged.rows_restated,
        merged.rows_quarantined,
    )
    return batch, merged
