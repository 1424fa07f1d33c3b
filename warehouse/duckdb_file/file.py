"""The one door to DuckDB: wait for the lock, work in one short transaction, leave."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from quant.errors import InUseError, WarehouseError
from warehouse.database.connect import connect, quoted
from warehouse.database.database import Database, Result, Work
from warehouse.database.files import discard, entrust
from warehouse.database.migrate import is_current, migrate
from warehouse.database.storage import explained
from warehouse.duckdb_file.keeping import POLL, ask, asked, keeping, kept
from warehouse.duckdb_file.log import fold, folded, is_long, log_of, settle

AGAIN = 0.25
"""Seconds after which who waits asks again: the mark goes with whoever got the lock."""


@dataclass(frozen=True)
class File:
    """The file of one HOME. DuckDB lets one process hold it, so every visit is short."""

    home: Path
    lock_timeout: float = 60.0
    command: str = "ballast"

    @property
    def file(self) -> Path:
        """Where the warehouse lives: where a link points to, since DuckDB keeps the log there."""
        return (self.home / "warehouse.duckdb").resolve()

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.file)

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.file.exists()

    def transact(self, work: Work[Result], staged: Path | None = None) -> Result:
        """What `work` returns, in one visit: under the lock nothing conflicts, so it is called once."""
        with self.open(staged) as db:
            return work(db)

    def read(self, work: Work[Result]) -> Result:
        """What `work` returns, in one visit that DuckDB lets write nothing."""
        with self.open(read_only=True) as db:
            return work(db)

    @contextmanager
    def open(self, attach: Path | None = None, *, read_only: bool = False) -> Iterator[Database]:
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
        one = kept(self.home)
        with explained(self.file):
            if one is None or attach is not None:
                with (
                    ExitStack() as stack,
                    _transaction(self._opened(stack, attach), read_only=read_only) as db,
                ):
                    yield db
                return
            with one.visit(self._opened) as connection:
                with _transaction(connection, read_only=read_only) as db:
                    yield db
                if is_long(self.file):
                    one.give_up()

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """See `warehouse.backend.Warehouse`."""
        with keeping(self.home):
            yield

    def _opened(self, stack: ExitStack, attach: Path | None = None) -> duckdb.DuckDBPyConnection:
        """The file, open and up to date, under the lock until the stack closes; a long log is folded then."""
        stack.enter_context(self.locked())
        settle(self.file)
        if not self.file.exists():
            self._create()
        stack.callback(self._closed)
        connection = stack.enter_context(connect(self.file, in_place=False, reach=[attach] if attach else []))
        migrate(connection, self.file)
        if attach is not None:
            connection.execute(f"attach {quoted(attach)} as staging (read_only)")
        return connection

    def _closed(self) -> None:
        """What is left to do once the file is closed, before the lock is free."""
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
        connection = connect(temporary, holds=0)
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
        if (one := kept(self.home)) is not None:
            one.give_up()
        try:
            self._wait(lock)
        except Timeout:
            who = f"{self.file} is in use by {_read_holder(holder)}; waited {self.lock_timeout:g} s."
            raise InUseError(who) from None
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

    def _wait(self, lock: FileLock) -> None:
        """Take the lock. Who keeps the file open between visits is asked for it, again and again."""
        end = time.monotonic() + self.lock_timeout
        patience = 0.0
        while True:
            try:
                lock.acquire(timeout=patience, poll_interval=POLL)
            except Timeout:
                if (left := end - time.monotonic()) <= 0:
                    raise
                ask(self.home)
                patience = min(left, AGAIN)
            else:
                if patience:
                    asked(self.home).unlink(missing_ok=True)
                return


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection, *, read_only: bool) -> Iterator[Database]:
    """A transaction: committed at the end, rolled back on an error."""
    connection.execute(f"begin transaction {'read only' if read_only else ''}")
    try:
        yield Database(connection)
    except BaseException:
        with suppress(duckdb.Error):  # what went wrong first is what must be told
            connection.execute("rollback")
        raise
    connection.execute("commit")


def _read_holder(holder: Path) -> str:
    try:
        note = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "another process"
    return f"process {note['pid']} ({note['command']}, since {note['since'][:19]} UTC)"
