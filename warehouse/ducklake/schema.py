"""The tables of a lake: those that the migrations make, without the keys that DuckLake does not have."""

from pathlib import Path

import duckdb

from warehouse.database import migrate as migrating
from warehouse.database.connect import connect
from warehouse.database.objects import identifier

_COLUMNS = """
select table_name, column_name, data_type, is_nullable, column_default
from duckdb_columns() where not internal order by table_name, column_index"""


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
    """The tables of this version's migrations and their records, in one transaction."""
    model = connect(Path(":memory:"))
    try:
        migrating.build(model, migrating.latest(), with_views=False)
        statements = tables(model)
        records = model.execute("select version, name, applied_at from migrations").fetchall()
    finally:
        model.close()
    connection.execute("begin transaction")
    try:
        for statement in statements:
            connection.execute(statement)
        connection.executemany("insert into migrations values ($1, $2, $3)", records)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def tables(model: duckdb.DuckDBPyConnection) -> list[str]:
    """The statements that make the tables of an open database, without their keys: a key is NOT NULL."""
    columns: dict[str, list[str]] = {}
    for table, column, kind, nullable, default in model.execute(_COLUMNS).fetchall():
        needed = "" if nullable else " not null"
        given = f" default {default}" if default is not None else ""
        columns.setdefault(table, []).append(f"{identifier(column)} {kind}{needed}{given}")
    return [f"create table {identifier(table)} ({', '.join(own)})" for table, own in columns.items()]
