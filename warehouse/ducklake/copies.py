"""All rows of a lake in a DuckDB file, and all rows of such a file in a lake: proven equal, or not done."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.database import migrate
from warehouse.database.connect import SMALL, connect
from warehouse.database.database import Database
from warehouse.database.files import discard
from warehouse.database.objects import identifier
from warehouse.database.storage import explained
from warehouse.ducklake import refusals
from warehouse.record.verify import Content, contents, must_be_equal, of_file

if TYPE_CHECKING:
    from warehouse.ducklake.backend import DuckLake

_TABLES = "select table_name from duckdb_tables() where database_name = $1 and not internal order by all"


def save(lake: DuckLake, file: Path, remedy: str) -> list[Content]:
    """Write all that a lake holds into a new DuckDB file; what that is. Nobody waits: it is of one snapshot.

    `remedy` is told where the file cannot be read back.

    Raises:
        WarehouseError: the lake cannot be read or the file not written, or they differ.
    """
    with refusals.explained(lake.place), explained(file, remedy):
        discard(file)
        connection = connect(file, holds=SMALL)
        try:
            migrate.build(connection, migrate.latest(), with_views=True)
        finally:
            connection.close()
        with lake.session(file) as one, one.beside(file, "copied", read_only=False), one.begun() as cursor:
            _copy(cursor, "warehouse", "copied")
            held = contents(Database(cursor).visit)
            cursor.execute("commit")
        must_be_equal(held, of_file(file), lake.name, str(file))
    return held


def fill(lake: DuckLake, file: Path, held: list[Content]) -> None:
    """Replace all that a lake holds by what a file of this version holds (`held`), in one commit.

    Raises:
        WarehouseError: the lake cannot be written, or would hold something else; nothing has changed.
    """
    with (
        refusals.explained(lake.place),
        lake.session(file) as one,
        one.locked(),
        one.beside(file, "copied"),
        one.begun() as cursor,
    ):
        _copy(cursor, "copied", "warehouse")
        must_be_equal(held, contents(Database(cursor).visit), str(file), lake.name)
        one.commit(cursor, uuid.uuid4().hex)


def _copy(cursor: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    for (table,) in cursor.execute(_TABLES, [target]).fetchall():
        name = identifier(table)
        cursor.execute(f"delete from {target}.main.{name}")  # noqa: S608 - names of ours
        found = f"select * from {source}.main.{name} order by rowid"  # noqa: S608
        cursor.execute(f"insert into {target}.main.{name} by name {found}")
