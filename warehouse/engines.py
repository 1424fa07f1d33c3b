"""Which engine keeps the warehouse of a HOME."""

from pathlib import Path

from warehouse.backend import Warehouse
from warehouse.duckdb_file.backend import DuckDBFile


def warehouse_of(home: Path, lock_timeout: float, command: str, lake: str = "", data: str = "") -> Warehouse:
    """The warehouse of a HOME. It is waited for `lock_timeout` seconds; others are told of `command`.

    `lake` is the libpq connection string of a DuckLake's catalog, `data` where its files lie; without the
    first the warehouse is a file in HOME.
    """
    if not lake:
        return DuckDBFile(home, lock_timeout, command)
    from warehouse.ducklake.backend import DuckLake  # noqa: PLC0415 - few need it
    from warehouse.ducklake.place import Place  # noqa: PLC0415

    return DuckLake(home, Place(lake, data), lock_timeout, command)
