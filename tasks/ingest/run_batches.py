"""What a run rests on: the rows of its own batches, or its symbols' of those that were fetched for it."""

from dataclasses import dataclass, replace
from typing import TypeVar

from config.portfolio import Portfolio
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.batches import Difference, Rejected, Repaired, StoredBatch, as_errors
from warehouse.tables.table import of_batches

Row = TypeVar("Row", Rejected, Repaired, Difference)


@dataclass(frozen=True)
class Changed:
    """How many bars a batch has stored, and how many of these restate an earlier version."""

    stored: int
    restated: int


def batches(db: Database, run: Run, portfolio: Portfolio) -> list[StoredBatch]:
    """The batches in which any of its symbols was asked of any of its sources, in the order of asking.

    `rows_new`, `rows_restated` and `errors` count its symbols alone.
    """
    rows = of_batches(db, run.fetched_by, StoredBatch)
    if run.ingest is None:
        return rows
    own, sources = {*portfolio.asked}, _sources(run, portfolio)
    found = [row for row in rows if row.source in sources and own & {*row.symbols}]
    return [_own(db, row, portfolio) for row in found]


def rows(db: Database, run: Run, portfolio: Portfolio, row: type[Row]) -> list[Row]:
    """The rows of a table about a run's batches that are of its sources, and of its symbols or of none."""
    found = of_batches(db, run.fetched_by, row)
    if run.ingest is None:
        return found
    own, sources = {*portfolio.asked, None}, _sources(run, portfolio)
    return [one for one in found if one.symbol in own and one.source in sources]


def _sources(run: Run, portfolio: Portfolio) -> set[str]:
    return {run.source, *portfolio.data.fallback}


def _own(db: Database, batch: StoredBatch, portfolio: Portfolio) -> StoredBatch:
    own = replace(batch, errors=as_errors(one for one in batch.failures if one.symbol in portfolio.asked))
    if batch.known_from is None:
        return own
    scope = {"batch_id": batch.batch_id, "known_from": batch.known_from}
    (changed,) = db.select(Changed, "changed_bars", symbols=list(portfolio.asked), **scope)
    return replace(own, rows_new=changed.stored - changed.restated, rows_restated=changed.restated)
