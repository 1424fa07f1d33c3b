"""A DuckDB file and its log: opened, and the log folded into the file by a copy that takes its name.

DuckDB folds a log (a checkpoint) by rewriting blocks that the last checkpoint uses, and a process that is
killed in the middle of such a write leaves a block half old, half new, which DuckDB then refuses (ADR 11). So
what a warehouse holds is never written again in place: commits go to the log, and a copy folds it.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

import duckdb

from warehouse.database.connect import connect
from warehouse.database.files import CHUNK, discard, entrust, flush
from warehouse.duckdb_file.blocks import outgrows, regrow

SHARE = 32
"""A log is due to be folded when it holds this part of its file: opening it costs 10 ms for each MB ..."""
LEAST = 2**20
"""... and at least this many bytes."""


def log_of(file: Path) -> Path:
    """Where DuckDB keeps what was committed and is not in the file yet."""
    return file.with_name(f"{file.name}.wal")


def folded(file: Path) -> Path:
    """The file with its log folded in, on its way to take the file's name."""
    return file.with_name(f"{file.name}.folded")


def is_long(file: Path) -> bool:
    """Whether the log has grown so long that opening the file takes longer for it."""
    log = log_of(file)
    return log.exists() and log.stat().st_size >= max(LEAST, file.stat().st_size / SHARE)


def fold(file: Path, before: Callable[[duckdb.DuckDBPyConnection], object] = lambda _: None) -> None:
    """Fold the log into the file; killed at any point, the file and its log still hold everything once.

    The caller holds the lock. What is folded is complete and on the disk before it has its name. `before` is
    handed the copy, with all that the file and its log hold; what it writes there is in the file afterwards.

    Raises:
        duckdb.Error, OSError: it cannot be read or written; nothing has changed.
    """
    settle(file)
    if not log_of(file).exists():
        return
    part = file.with_name(f"{file.name}.part")
    try:
        discard(part)
        with unshared(file) as held:
            _copy(held, file, part)
            connection = connect(part)
            try:
                before(connection)
                connection.execute("checkpoint")
                outgrown = outgrows(connection, part)
            finally:
                connection.close()
            if outgrown:
                regrow(part)
            flush(part)
            part.replace(folded(file))
            _take_name(file)
    finally:
        discard(part)


def settle(file: Path) -> None:
    """Bring a fold that was complete to its end.

    Raises:
        duckdb.IOException: another program may write to the file; nothing has changed.
    """
    if folded(file).exists():
        with unshared(file) if file.exists() else nullcontext():
            _take_name(file)


@contextmanager
def unshared(file: Path) -> Iterator[BinaryIO]:
    """The file, open for reading and kept from every program that would write to it, by DuckDB's own lock.

    Such a program removes the log when it closes, by its name: the log of the file that has the name by then.

    Raises:
        duckdb.IOException: one has it open.
    """
    with file.open("rb") as held:  # closing any other handle of the file would free the lock
        try:
            fcntl.lockf(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise duckdb.IOException(f"Could not set lock on file {file}: it is being written to") from None
        yield held


def _copy(held: BinaryIO, file: Path, part: Path) -> None:
    with part.open("wb") as written:
        shutil.copyfileobj(held, written, CHUNK)
    entrust(part, file)
    shutil.copy(log_of(file), log_of(part))


def _take_name(file: Path) -> None:
    """The log goes before the file that holds it comes, on the disk too: it would be replayed into it."""
    flush(file.parent)
    log_of(file).unlink(missing_ok=True)
    flush(file.parent)
    folded(file).replace(file)
    flush(file.parent)
