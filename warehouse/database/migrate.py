"""Migrations: numbered SQL files, each recorded in the transaction that applies it."""

import hashlib
from functools import cache
from pathlib import Path

import duckdb

from quant.errors import InputError

HERE = Path(__file__).parents[1]


def migrate(connection: duckdb.DuckDBPyConnection, file: Path | str) -> None:
    """Bring a warehouse to this version: pending migrations, then the views, in one transaction each.

    Raises:
        InputError: a newer version of Ballast wrote it; nothing is changed.
    """
    version, views = _recorded(connection)
    if version > latest():
        raise InputError(
            f"{file} was written by a newer Ballast (schema {version}; this one knows {latest()}). "
            "Upgrade Ballast, or name another folder with --home."
        )
    _apply_from(connection, version, latest())
    if views != _views_digest():
        _apply_views(connection)


def build(connection: duckdb.DuckDBPyConnection, version: int, *, with_views: bool) -> None:
    """The schema of a version in an empty database; with the views and macros of this one, or without."""
    _apply_from(connection, 0, version)
    if with_views:
        _apply_views(connection)


def is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether an open warehouse has this version's schema and views."""
    return _recorded(connection) == (latest(), _views_digest())


def latest() -> int:
    """The schema's version that this Ballast writes."""
    return len(_migrations())


def version_of(connection: duckdb.DuckDBPyConnection) -> int:
    """The schema's version that an open warehouse has; 0 for an empty file."""
    return _recorded(connection)[0]


def _recorded(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """The schema's version and the digest of its views; (0, "") for an empty file."""
    try:
        found = connection.execute(
            "select max(version), arg_max(name, applied_at) filter (version = 0) from migrations"
        ).fetchone()
    except duckdb.CatalogException:
        return 0, ""
    version, views = found or (None, None)
    return version or 0, views or ""


def _apply_from(connection: duckdb.DuckDBPyConnection, version: int, target: int) -> None:
    """The migrations after `version`, up to `target`."""
    for number, script in enumerate(_migrations()[version:target], version + 1):
        _apply(connection, script.read_text(encoding="utf-8"), number, script.stem)


def _apply_views(connection: duckdb.DuckDBPyConnection) -> None:
    _apply(connection, "".join(view.read_text(encoding="utf-8") for view in _views()), 0, _views_digest())


def _apply(connection: duckdb.DuckDBPyConnection, script: str, version: int, name: str) -> None:
    connection.execute("begin transaction")
    try:
        connection.execute(
            "create table if not exists migrations "
            "(version integer not null, name varchar not null, applied_at timestamp not null)"
        )
        connection.execute(script)
        connection.execute("delete from migrations where version = $1", [version])  # the views' last record
        connection.execute("insert into migrations values ($1, $2, now()::timestamp)", [version, name])
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


@cache
def _migrations() -> tuple[Path, ...]:
    return tuple(sorted((HERE / "migrations").glob("*.sql")))


@cache
def _views() -> tuple[Path, ...]:
    return tuple(sorted((HERE / "views").glob("*.sql")))


@cache
def _views_digest() -> str:
    return hashlib.sha256(b"".join(view.read_bytes() for view in _views())).hexdigest()[:16]
