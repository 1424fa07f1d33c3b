"""What accounts hold, and what a run found of each: as columns, because there may be millions of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from warehouse.database.database import Database
from warehouse.tables.accounts import AccountRow, AccountTrade, Holding
from warehouse.tables.table import columns, reader

if TYPE_CHECKING:
    import pyarrow as pa

A = TypeVar("A", bound=AccountRow)
Table = Literal["accounts", "account_drift", "account_trades", "account_checks", "account_construction"]


@dataclass(frozen=True)
class _Digest:
    """The digest over the rows of a table; None where it has none."""

    what: str
    digest: str | None


def keep_holdings(db: Database, digest: str, lots: pa.Table) -> None:
    """Store the lots of all accounts under their digest, unless they are known already.

    `lots` has account, symbol, quantity, cost_basis and acquired.
    """
    if db.column("account_holdings_known", digest=digest) == [0]:
        _insert(db, "account_holdings", {"digest": digest}, lots)


def holdings(db: Database, digest: str) -> pa.Table:
    """The lots of all accounts, in the order in which they were read."""
    return db.arrow("account_holdings", digest=digest)


def holdings_of(db: Database, digest: str, account: str) -> list[Holding]:
    """The lots and the cash of one account, in the order in which they were read."""
    return db.select(reader(Holding), "account_holdings_of", digest=digest, account=account)


def replace(db: Database, run_id: str, tables: Mapping[Table, pa.Table]) -> None:
    """Store what a run found of each account, instead of what it had; NaN is stored as NULL."""
    for table, rows in tables.items():
        db.execute(f"delete from {table} where run_id = $run_id", run_id=run_id)  # noqa: S608 - one of `Table`
        _insert(db, table, {"run_id": run_id}, rows)


def of_run(db: Database, run_id: str, table: Table) -> pa.Table:
    """The rows of all accounts in one table, in order."""
    sql = f"select * exclude (run_id, ordinal) from {table} where run_id = $run_id order by ordinal"  # noqa: S608
    return db.connection.execute(sql, {"run_id": run_id}).to_arrow_table()


def of_account(db: Database, run_id: str, account: str, row: type[A]) -> list[A]:
    """What a run found of one account in the table of `row`, in order."""
    found = f'from "{row.TABLE}" where run_id = $run_id and account = $account order by ordinal'
    return db.read(reader(row), f"select {columns(row)} {found}", run_id=run_id, account=account)


def proposed(db: Database, run_id: str, names: Collection[str] | None) -> list[AccountTrade]:
    """The trades of some accounts, or of all (None), that a run recommends, in order."""
    accounts = None if names is None else list(names)
    return db.select(reader(AccountTrade), "account_trades_proposed", run_id=run_id, accounts=accounts)


def digests(db: Database, run_id: str) -> dict[str, str]:
    """The SHA-256 over the rows of each table that has any: what the ledger keeps of them."""
    found = db.select(_Digest, "accounts_digests", run_id=run_id)
    return {one.what: one.digest for one in found if one.digest is not None}


def _insert(db: Database, table: str, key: Mapping[str, str], rows: pa.Table) -> None:
    import pyarrow as pa  # noqa: PLC0415 - who reads what a run found writes nothing

    keys = {name: pa.repeat(value, len(rows)) for name, value in key.items()}
    keys["ordinal"] = pa.array(np.arange(len(rows), dtype=np.int32))
    columns = {name: null(rows[name]) for name in rows.column_names}
    with db.incoming(incoming=pa.table(keys | columns)):
        db.execute(f"insert into {table} by name select * from incoming")  # noqa: S608 - a name of ours


def null(column: Any) -> Any:
    """NaN as the NULL that it is stored as."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - it makes 300 functions

    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
