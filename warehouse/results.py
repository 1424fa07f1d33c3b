"""What a run found: each step replaces its own rows for its run, so that a retry changes nothing."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from warehouse.database.database import Database

Table = Literal[
    "drift",
    "triggers",
    "volatility",
    "signals",
    "trades",
    "checks",
    "alerts",
    "risk",
    "allocation",
    "construction",
]
Rows = Sequence[Mapping[str, Any]]


def replace(db: Database, run_id: str, table: Table, rows: Rows) -> None:
    """Store the rows of one table for a run, in order, instead of what it had; NaN is stored as NULL."""
    db.run(f"{table}_clear", run_id=run_id)
    if not rows:
        return
    columns = {name: [null(row[name]) for row in rows] for name in rows[0]}
    keys = {"run_id": [run_id] * len(rows), "ordinal": list(range(len(rows)))}
    with db.incoming(incoming=keys | columns):
        db.run(f"{table}_insert")


def of_run(db: Database, run_id: str, table: Table) -> list[dict[str, Any]]:
    """The rows that a run stored in one table, in order."""
    return db.rows(f"{table}_of_run", run_id=run_id)


def null(value: object) -> object:
    """NaN as the NULL that it is stored as."""
    return None if isinstance(value, float) and math.isnan(value) else value
