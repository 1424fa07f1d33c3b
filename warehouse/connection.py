"""The one door to DuckDB: wait for the lock, work in one short transaction, leave."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
from filelock import FileLock, Timeout

from quant.errors import WarehouseError
from warehouse.logged import connect, discard, entrust, fold, folded, is_long, log_of, settle
from warehouse.migrate import is_current, migrate
from warehouse.storage import explained

if TYPE_CHECKING:
    import pyarrow as pa

R = TypeVar("R")
Columns = Mapping[str, Sequence[object]]
QUERIES = Path(__file__).parent / "queries"


@dataclass(frozen=True)
class Database:
    """An open connection that runs the named queries of warehouse/queries."""

    connection: duckdb.DuckDBPyConnection

    def run(self, name: str, **values: object) -> int:
        """Execute a query; the number of rows that it changed."""
        count = self._execute(name, values).fetchone()
        return int(count[0]) if count else 0

    def rows(self, name: str, **values: object) -> list[dict[str, Any]]:
        """The rows of a query, as dictionaries by column name."""
        result = self._execute(name, values)
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, map(_utc, row), strict=True)) for row in result.fetchall()]

    def one(self, name: str, **values: object) -> dict[str, Any] | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(name, **values)), None)

    def select(self, row: Callable[..., R], name: str, **values: object) -> list[R]:
        """The rows of a query, each as a `row`, whose parameters are the columns by name."""
        return _as(row, self._execute(name, values))

    def first(self, row: Callable[..., R], name: str, **values: object) -> R | None:
        """The first row of a query, or None."""
        return next(iter(self.select(row, name, **values)), None)

    def column(self, name: str, **values: object) -> list[Any]:
        """The values of the only column of a query."""
        return [_utc(value) for (value,) in self._execute(name, values).fetchall()]

    def read(self, row: Callable[..., R], sql: str, **values: object) -> list[R]:
        """The rows of a statement that warehouse/tables makes from a class of rows."""
        return _as(row, self.connection.execute(sql, values))

    def execute(self, sql: str, **values: object) -> None:
        """Run a statement that warehouse/tables makes from a class of rows."""
        self.connection.execute(sql, values)

    def arrow(self, name: str, **values: object) -> pa.Table:
        """The rows of a query as an Arrow table."""
        return self._execute(name, values).to_arrow_table()

    @contextmanager
    def incoming(self, **tables: pa.Table | Columns) -> Iterator[None]:
        """Make Arrow tables, or lists by column name, visible to queries under their keyword's name."""
        for name, table in tables.items():
            self.connection.register(name, _arrow(table) if isinstance(table, Mapping) else table)
        try:
            yield
        finally:
            for name in tables:
                self.connection.unregister(name)

    def _execute(self, name: str, values: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(_sql(name), dict(values))


@dataclass(frozen=True)
class Warehouse:
    """The warehouse of one HOME. DuckDB lets one process hold the file, so every visit is short."""

    home: Path
    lock_timeout: float = 60.0
    command: str = "ballast"

    @property
    def file(self) -> Path:
        """Where the warehouse lives: where a link points to, since DuckDB keeps the log there."""
        return (self.home / "warehouse.duckdb").resolve()

    @contextmanager
    def open(self, attach: Path | None = None) -> Iterator[Database]:
        """A connection in one transaction, under the lock: committed at the end, rolled back on an error.

        `attach` is a staging file, readable as the schema `staging`. What is committed stays in the log until
        that is worth folding. In a HOME that may not be written, what is there is read, without the lock: who
        has no right to write has none to keep writers out.

        Raises:
            WarehouseError: the lock is held too long (its holder is named), the disk is full, or the file
                is damaged, missing or may not be written.
            InputError: a newer version of Ballast wrote the file.
        """
        if self._is_for_reading():
            with explained(self.file), self._read() as db:
                yield db
            return
        with self.locked(), explained(self.file):
            settle(self.file)
            if not self.file.exists():
                self._create()
            connection = connect(self.file, in_place=False, reach=[attach] if attach else [])
            try:
                migrate(connection, self.file)
                if attach is not None:
                    connection.execute(f"attach {quoted(attach)} as staging (read_only)")
                connection.execute("begin transaction")
                try:
                    yield Database(connection)
                except BaseException:
                    with suppress(duckdb.Error):  # what went wrong first is what must be told
                        connection.execute("rollback")
                    raise
                connection.execute("commit")
            finally:
                connection.close()
            entrust(log_of(self.file), self.file)
            if is_long(self.file):
                with suppress(duckdb.Error, OSError):  # nothing is lost without it, and publishing says why
                    fold(self.file)

    def _is_for_reading(self) -> bool:
        return self.file.exists() and not os.access(self.home, os.W_OK, effective_ids=True)

    @contextmanager
    def _read(self) -> Iterator[Database]:
        """A connection that changes nothing on the disk: DuckDB replays the log in memory."""
        whole = folded(self.file)
        connection = connect(whole if whole.exists() else self.file, read_only=True)
        try:
            if not is_current(connection):
                raise WarehouseError(
                    f"{self.file} is of another version of Ballast and has to be brought to this one, but "
                    f"{self.home} cannot be written: let whoever runs Ballast write to it once."
                )
            yield Database(connection)
        finally:
            connection.close()

    def _create(self) -> None:
        """A new warehouse appears whole: cut off by a kill in its first bytes, it would never open again."""
        self._must_be_new()
        temporary = self.file.with_name(f".{self.file.name}.part")
        discard(temporary)
        connection = connect(temporary)
        try:
            migrate(connection, temporary)
            connection.execute("checkpoint")  # closing does so too, but says nothing where it cannot
        finally:
            connection.close()
        temporary.replace(self.file)

    def _must_be_new(self) -> None:
        """A warehouse that was here is not begun anew, and a log is never replayed into another file."""
        link = self.home / "warehouse.duckdb"
        traces = [
            *([link] if link.is_symlink() else []),  # to a disk that is not there now
            *self.file.parent.glob(f"{self.file.name}.wal*"),
            *self.file.parent.glob(f"{self.file.name}.damaged-*"),
            *(self.home / "backups").glob("*.duckdb"),
        ]
        if traces:
            raise WarehouseError(
                f"{self.file} is missing, but {traces[0]} is there: `ballast restore` brings back the newest "
                "backup. To begin an empty warehouse, move that file away or name another folder with --home."
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the operating system's lock on the warehouse; a dead holder's lock is free at once."""
        holder = self.home / "warehouse.holder"
        # Never the soft fallback: a lock that a killed process leaves behind is no lock.
        lock = FileLock(self.home / "warehouse.lock", timeout=self.lock_timeout, fallback_to_soft=False)
        try:
            lock.acquire(poll_interval=0.02)
        except Timeout:
            raise WarehouseError(
                f"{self.file} is in use by {_read_holder(holder)}; waited {self.lock_timeout:g} s. "
                "Wait until it is done, or raise BALLAST_LOCK_TIMEOUT."
            ) from None
        except OSError as error:
            raise WarehouseError(
                f"{self.file} cannot be locked ({error.strerror}): "
                "BALLAST_HOME must be a folder on a local disk that you may write to."
            ) from None
        try:
            since = datetime.now(UTC).isoformat()  # noqa: TID251 - a note for people, nothing computes with it
            note = {"pid": os.getpid(), "command": self.command, "since": since}
            with suppress(OSError):  # on a full disk one can still read
                holder.write_text(json.dumps(note))
            yield
        finally:
            with suppress(OSError):
                holder.unlink(missing_ok=True)
            lock.release()


def _arrow(columns: Columns) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - a seventh of a second, and many commands hand nothing over

    return pa.table(dict(columns))


def quoted(path: Path) -> str:
    """A path as an SQL string, for the few statements that take no bound value."""
    return "'" + str(path).replace("'", "''") + "'"


def _as(row: Callable[..., R], found: duckdb.DuckDBPyConnection) -> list[R]:
    columns = [column[0] for column in found.description or ()]
    return [row(**dict(zip(columns, map(_utc, values), strict=True))) for values in found.fetchall()]


def _utc(value: object) -> object:
    """Instants are UTC in storage; DuckDB hands them back without saying so."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@cache
def _sql(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def _read_holder(holder: Path) -> str:
    try:
        note = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "another process"
    return f"process {note['pid']} ({note['command']}, since {note['since'][:19]} UTC)"
