"""Which run a person means."""

from datetime import datetime

from quant.errors import InputError
from tasks.context.context import Context
from warehouse import runs
from warehouse.database.database import Database


def find_run(context: Context, text: str, portfolio: str | None) -> str:
    """The id of the ended daily run that `text` means: "latest", an id, or the beginning of one.

    Raises:
        InputError: no such run, or it is a backfill, or still at work.
    """
    return context.warehouse.transact(lambda db: found(db, text, portfolio, context.now()))


def found(db: Database, text: str, portfolio: str | None, now: datetime) -> str:
    """The same within a unit of work, in which dead runs are closed first."""
    runs.close_dead(db, now)
    run = runs.load(db, runs.find(db, text, portfolio))
    if run.flow != "daily":
        article = "an" if run.flow.startswith("i") else "a"
        raise InputError(f"run {run.run_id} is {article} {run.flow}: it has no report. Name a daily run.")
    if run.status == "running":
        raise InputError(f"run {run.run_id} is still at work: ask again when it has ended.")
    return run.run_id
