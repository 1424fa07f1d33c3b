"""The size of a file's blocks: small while it is small, DuckDB's own once it holds much."""

from contextlib import closing
from pathlib import Path

import duckdb

from warehouse.database.connect import LARGE_BLOCK, connect, quoted
from warehouse.database.files import discard, entrust
from warehouse.database.objects import identifier

MUCH = 2**26
"""Bytes of a file with small blocks that is written anew with large ones: it then takes about 0.4 of that."""


def outgrows(connection: duckdb.DuckDBPyConnection, file: Path) -> bool:
    """Whether an open file, whose log is folded, has small blocks and holds too much for them."""
    if file.stat().st_size < MUCH:
        return False
    found = connection.execute("select block_size from pragma_database_size()").fetchone()
    return found is not None and found[0] < LARGE_BLOCK


def regrow(file: Path) -> None:
    """Write a file that nobody else sees anew with large blocks, and prove that it holds the same rows.

    Raises:
        duckdb.Error: it cannot be read or written, or the rows are others; the file has not changed.
    """
    grown = file.with_name(f"{file.name}.grown")
    discard(grown)
    try:
        with closing(connect(file, reach=[grown])) as connection:
            (name,) = connection.execute("select current_database()").fetchone() or ("",)
            connection.execute(f"attach {quoted(grown)} as grown (block_size {LARGE_BLOCK})")
            connection.execute(f"copy from database {identifier(name)} to grown")
            connection.execute("detach grown")
        if _rows(file) != _rows(grown):
            raise duckdb.IOException(f"{file} could not be copied: the copy has other rows")
        entrust(grown, file)
        grown.replace(file)
    finally:
        discard(grown)


def _rows(file: Path) -> list[object]:
    """How many rows each table has, and a digest of them that does not depend on their order."""
    from warehouse.record.verify import of_file  # noqa: PLC0415 - once in the life of a file

    return [*of_file(file)]
