"""What accounts hold, and what a run found of each: as columns, because there may be millions of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from warehouse.database.database import Database

if TYPE_CHECKING:
    import pyarrow as pa

Table = Literal["accounts", "account_drift", "account_trades", "account_checks", "account_construction"]


def keep_holdings(db: Database, digest: str, lots: pa.Table) -> None:
    """Store the lots of all accounts under their digest, unless they are known already.

    `lots` has account, symbol, quantity, cost_basis and acquired.
    """
    known = db.one("account_holdings_known", digest=digest)
    if known is None or known["lots"] == 0:
        _insert(db, "account_holdings", {"digest": digest}, lots)


def holdings(db: Database, digest: str, account: str | None = None) -> pa.Table:
    """The lots of one account or of all, in the order in which they were told."""
    return db.arrow("account_holdings", digest=digest, account=account)


def replace(db: Database, run_id: str, tables: Mapping[Table, pa.Table]) -> None:
    """Store what a run found of each account, instead of what it had; NaN is stored as NULL."""
    for table, rows in tables.items():
        db.run(f"{table}_clear", run_id=run_id)
        _insert(db, table, {"run_id": run_id}, rows)


def of_run(db: Database, run_id: str, table: Table) -> pa.Table:
    """The rows of all accounts in one table, in order."""
    return db.arrow(f"{table}_of_run", run_id=run_id, account=None)


def of_account(db: Database, run_id: str, account: str) -> dict[Table, list[dict[str, Any]]]:
    """What a run found of one account, by table."""
    return {table: db.rows(f"{table}_of_run", run_id=run_id, account=account) for table in get_args(Table)}


def proposed(db: Database, run_id: str, names: Collection[str]) -> list[dict[str, Any]]:
    """The trades of some accounts that a run recommends, in order."""
    return db.rows("account_trades_proposed", run_id=run_id, accounts=list(names))


def digests(db: Database, run_id: str) -> dict[str, str]:
    """The SHA-256 over the rows of each table that has any: what the ledger keeps of them."""
    rows = db.rows("accounts_digests", run_id=run_id)
    return {row["what"]: row["digest"] for row in rows if row["digest"] is not None}


def _insert(db: Database, table: str, key: Mapping[str, str], rows: pa.Table) -> None:
    import pyarrow as pa  # noqa: PLC0415 - who reads what a run found writes nothing

    keys = {name: pa.repeat(value, len(rows)) for name, value in key.items()}
    keys["ordinal"] = pa.array(np.arange(len(rows), dtype=np.int32))
    columns = {name: null(rows[name]) for name in rows.column_names}
    with db.incoming(incoming=pa.table(keys | columns)):
        db.run(f"{table}_insert")


def null(column: Any) -> Any:
    """NaN as the NULL that it is stored as."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - it makes 300 functions

    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
