"""Which engine keeps the warehouse of a HOME."""

from pathlib import Path

from warehouse.backend import Warehouse
from warehouse.duckdb_file.backend import DuckDBFile


def warehouse_of(home: Path, lock_timeout: float, command: str) -> Warehouse:
    """The warehouse of a HOME. It is waited for `lock_timeout` seconds; others are told of `command`."""
    return DuckDBFile(home, lock_timeout, command)
