"""The tables of a lake: those that the migrations make, without the keys that DuckLake does not have."""

from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.database import migrate as migrating
from warehouse.database.connect import connect
from warehouse.database.objects import identifier

_COLUMNS = """
select table_name, column_name, data_type, is_nullable, column_default
from duckdb_columns() where not internal order by table_name, column_index"""

_SOME = {
    "VARCHAR[]": "[]", "JSON": "'{}'", "DOUBLE": "0", "INTEGER": "0", "BIGINT": "0", "BOOLEAN": "false",
    "DATE": "date '2000-01-01'", "TIMESTAMP": "timestamp '2000-01-01'",
}  # fmt: skip


def migrate(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Bring a lake to this version. An empty one gets all tables at once; later migrations run as they are.

    The caller holds the lock. `name` is for the sentence.

    Raises:
        InputError: a newer version of Ballast wrote it; nothing is changed.
    """
    if migrating.version_of(connection) == 0:
        _create(connection)
    migrating.migrate(connection, name)


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables that this version's migrations make, then the records: without these it begins anew.

    Each table gets a row that is deleted at once. For a table that never had one, DuckLake asks PostgreSQL
    for its statistics again for each column of each statement: reading all tables took three times as long.
    """
    model = connect(Path(":memory:"))
    try:
        migrating.build(model, migrating.latest(), with_views=False)
        made = _tables(model)
        records = model.execute("select version, name, applied_at from migrations").fetchall()
    finally:
        model.close()
    _together(connection, [statement for one in made for statement in (one.create, one.fill)])
    _together(connection, [one.clear for one in made], records)


def _together(
    connection: duckdb.DuckDBPyConnection,
    statements: list[str],
    records: list[tuple[object, ...]] | None = None,
) -> None:
    """Run statements, and keep the records of migrations, in one transaction."""
    connection.execute("begin transaction")
    try:
        for statement in statements:
            connection.execute(statement)
        if records:
            connection.executemany("insert into migrations values ($1, $2, $3)", records)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


class _Made(NamedTuple):
    """How a table is made, gets a row, and loses it."""

    create: str
    fill: str
    clear: str


def _tables(model: duckdb.DuckDBPyConnection) -> list[_Made]:
    """The tables of an open database without their keys: a key is NOT NULL."""
    columns: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind, nullable, default in model.execute(_COLUMNS).fetchall():
        needed = "" if nullable else " not null"
        given = f" default {default}" if default is not None else ""
        value = "null" if nullable else _SOME.get(kind, "''")
        columns.setdefault(table, []).append((f"{identifier(column)} {kind}{needed}{given}", value))
    return [_made(identifier(table), own) for table, own in columns.items()]


def _made(name: str, columns: list[tuple[str, str]]) -> _Made:
    described, values = (", ".join(part) for part in zip(*columns, strict=True))
    fill = f"insert into {name} values ({values})"  # noqa: S608 - names and values of this module
    return _Made(f"create or replace table {name} ({described})", fill, f"delete from {name}")  # noqa: S608
