"""What a warehouse may hold beside rows: the tables of its migrations, and our views and macros.

A macro of a received file is called instead of DuckDB's own function of that name, and a view instead of a
table: so what is not ours is refused before anything is read through it.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb

from quant.errors import WarehouseError
from warehouse.database import migrate
from warehouse.database.connect import connect
from warehouse.database.database import QUERIES

_OBJECTS = QUERIES / "objects.sql"
_KEY = re.compile(r"( NOT NULL)? PRIMARY KEY")
_DROPS = {"view": "view", "macro": "macro", "table_macro": "macro table"}


class Object(NamedTuple):
    """One object of a database: its kind as DuckDB's catalogue has it, and the text that defines it."""

    kind: str
    schema: str
    name: str
    definition: str | None

    def __str__(self) -> str:
        """The object in a sentence, without a letter that a terminal would obey."""
        return f"the {self.kind.replace('_', ' ')} {self.name!a} (schema {self.schema!a})"


def identifier(name: str) -> str:
    """A name as SQL reads it, whatever letters it has: in double quotes, each one inside doubled."""
    return '"' + name.replace('"', '""') + '"'


def found(connection: duckdb.DuckDBPyConnection) -> set[Object]:
    """The objects of an open database, those of DuckDB itself aside."""
    rows = connection.execute(_OBJECTS.read_text(encoding="utf-8")).fetchall()
    return {Object(*row) for row in rows}


def foreign(connection: duckdb.DuckDBPyConnection) -> list[Object]:
    """The objects of a warehouse of this version that neither a migration nor a view of ours has made so."""
    here, ours = frozenset(found(connection)), _expected(migrate.latest(), with_views=True)
    if is_lake(connection):
        here, ours = _without_keys(one for one in here if one.kind != "schema"), _without_keys(ours)
    return sorted(here - ours, key=str)


def is_lake(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the database of a connection is a DuckLake."""
    asked = "select type from duckdb_databases() where database_name = current_database()"
    return connection.execute(asked).fetchone() == ("ducklake",)


def _without_keys(objects: Iterable[Object]) -> frozenset[Object]:
    """Objects as DuckLake has them: a key is only NOT NULL, and it says that NULL is the default."""
    return frozenset(
        one._replace(definition=_KEY.sub(" NOT NULL", (one.definition or "").replace(" DEFAULT(NULL)", "")))
        for one in objects
    )


def make_ours(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Drop all views and macros of a received warehouse, and refuse any other object that is not ours.

    Migrating it afterwards makes the views and macros anew. `file` is for the sentence.

    Raises:
        WarehouseError: it holds an object that no migration up to its version has made.
    """
    for one in found(connection):
        if one.kind in _DROPS:
            connection.execute(f"drop {_DROPS[one.kind]} {identifier(one.schema)}.{identifier(one.name)}")
    left = found(connection)
    if Object("table", "main", "migrations", _definition_of_migrations()) in left:
        connection.execute("delete from migrations where version = 0")  # the views' record
        left -= _expected(migrate.version_of(connection), with_views=False)
    if left:
        raise WarehouseError(
            f"{file} is no warehouse that Ballast made: {min(left, key=str)} comes from no migration. "
            "Drop it there, or restore another backup."
        )


@cache
def _expected(version: int, *, with_views: bool) -> frozenset[Object]:
    connection = connect(Path(":memory:"))
    try:
        migrate.build(connection, version, with_views=with_views)
        return frozenset(found(connection))
    finally:
        connection.close()


def _definition_of_migrations() -> str | None:
    return next(one.definition for one in _expected(1, with_views=False) if one.name == "migrations")
