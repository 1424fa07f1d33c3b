"""What a run was told: the rows of its own batches, or its symbols' of those that were fetched for it."""

import json
from typing import Any, Literal

from config.portfolio import Portfolio
from warehouse.database.database import Database
from warehouse.runs import Run

Rows = list[dict[str, Any]]


def batches(db: Database, run: Run, portfolio: Portfolio) -> Rows:
    """The batches in which any of its symbols was asked of any of its sources, in the order of asking.

    `rows_new`, `rows_restated` and `errors` count its symbols alone.
    """
    rows = db.rows("batches_of_run", run_id=run.told_by)
    if run.ingest is None:
        return rows
    own, sources = {*portfolio.asked}, _sources(run, portfolio)
    found = [row for row in rows if row["source"] in sources and own & {*row["symbols"]}]
    return [row | _own(db, row, portfolio) for row in found]


def rows(
    db: Database,
    what: Literal["quarantined", "repairs_of_run", "differences_of_run"],
    run: Run,
    portfolio: Portfolio,
) -> Rows:
    """The rows of a query about a run's batches that are of its sources, and of its symbols or of none."""
    found = db.rows(what, run_id=run.told_by)
    if run.ingest is None:
        return found
    own, sources = {*portfolio.asked, None}, _sources(run, portfolio)
    return [row for row in found if row["symbol"] in own and row["source"] in sources]


def _sources(run: Run, portfolio: Portfolio) -> set[str]:
    return {run.source, *portfolio.data.fallback}


def _own(db: Database, batch: dict[str, Any], portfolio: Portfolio) -> dict[str, Any]:
    errors = [row for row in json.loads(batch["errors"]) if row["symbol"] in portfolio.asked]
    found = {"errors": json.dumps(errors)}
    if batch["known_from"] is None:
        return found
    scope = {name: batch[name] for name in ("batch_id", "known_from")}
    changed = db.rows("changed_bars", symbols=list(portfolio.asked), **scope)[0]
    new = changed["stored"] - changed["restated"]
    return found | {"rows_new": new, "rows_restated": changed["restated"]}
