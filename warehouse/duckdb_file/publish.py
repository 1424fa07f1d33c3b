"""The copy of the warehouse that people and dashboards read, whole or not at all."""

import logging
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb

from warehouse.database.connect import connect
from warehouse.database.database import Database, Result, Work
from warehouse.database.files import entrust
from warehouse.database.migrate import migrate
from warehouse.database.storage import RESTORE, explained
from warehouse.duckdb_file.file import File
from warehouse.duckdb_file.log import fold, log_of, settle
from warehouse.duckdb_file.witnesses import set_aside

log = logging.getLogger(__name__)


def published(home: Path) -> Path:
    """Where the copy for readers lies."""
    return home / "published" / "warehouse.duckdb"


def read(home: Path, work: Work[Result]) -> Result | None:
    """What `work` returns of the copy for readers; None where there is none, or none that can be read."""
    file = published(home)
    if not file.exists():
        return None
    try:
        with closing(connect(file, read_only=True)) as connection:
            return work(Database(connection))
    except (duckdb.Error, OSError):
        return None


def publish(warehouse: File) -> Path:
    """Copy the warehouse to HOME/published/warehouse.duckdb by an atomic rename; the copy's path.

    Who could read the copy before it can read this one. Where that one alone knew an entry, it stays beside.
    """
    target = published(warehouse.home)
    target.parent.mkdir(parents=True, exist_ok=True)
    # One name: the lock admits one publisher, and what a killed one left behind is overwritten.
    temporary = target.with_name(f".{target.name}.part")
    with warehouse.locked():
        checkpoint(warehouse.file, look=lambda db: _keep_witness(db, target))
        try:
            shutil.copyfile(warehouse.file, temporary)
            entrust(temporary, target)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return target


def _keep_witness(db: Database, copy: Path) -> None:
    """Keep a published copy that knows more than the ledger beside the next one, to prove what is missing."""
    kept = set_aside(db, copy)
    if kept is not None:
        log.warning(
            "%s knew an entry that the ledger has not. It is kept as %s; see `ballast ledger verify`.",
            copy,
            kept.name,
        )


def checkpoint(
    file: Path, remedy: str = RESTORE, look: Callable[[Database], object] = lambda _: None
) -> None:
    """Leave a warehouse in this version's schema and in one file, after a `look` at it.

    The caller holds the lock.
    """

    def see(connection: duckdb.DuckDBPyConnection) -> None:
        migrate(connection, file)
        look(Database(connection))

    with explained(file, remedy):
        settle(file)
        if log_of(file).exists():  # it is opened to be folded: once is enough
            fold(file, see)
            return
        connection = connect(file, in_place=False)
        try:
            see(connection)
        finally:
            connection.close()
        fold(file)
