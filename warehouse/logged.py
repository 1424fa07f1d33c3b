"""A DuckDB file and its log: opened, and the log folded into the file by a copy that takes its name.

DuckDB folds a log (a checkpoint) by rewriting blocks that the last checkpoint uses, and a process that is
killed in the middle of such a write leaves a block half old, half new, which DuckDB then refuses (ADR 11). So
what a warehouse holds is never written again in place: commits go to the log, and a copy folds it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

import duckdb

SHARE = 32
"""A log is due to be folded when it holds this part of its file: opening it costs 10 ms for each MB ..."""
LEAST = 2**20
"""... and at least this many bytes."""
_NEVER = "1 TB"
_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
"""What DuckDB may look for beside a file that it attaches, after its name."""
_CHUNK = 4 * 2**20


def connect(
    file: Path, *, read_only: bool = False, in_place: bool = True, reach: Sequence[Path] = ()
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, quiet on standard output.

    Its queries see this file, the files of `reach` and what Python registers: no other file, no address, no
    extension, no variable of Python, whatever a received file calls. With `in_place` False every commit stays
    in the log, at closing too.
    """
    connection = duckdb.connect(
        str(file),
        read_only=read_only,
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
    )
    connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
    # What may be reached has to be said first: afterwards DuckDB lets nobody widen it.
    allowed = [f"{one}{end}" for one in reach for end in ("", *_LOGS)]
    connection.execute("set allowed_paths = $1", [allowed])
    connection.execute("set python_enable_replacements = false; set enable_external_access = false")
    if not in_place:
        connection.execute(f"set checkpoint_threshold = '{_NEVER}'; pragma disable_checkpoint_on_shutdown")
    return connection


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


def fold(file: Path) -> None:
    """Fold the log into the file; killed at any point, the file and its log still hold everything once.

    The caller holds the lock. What is folded is complete and on the disk before it has its name.

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
                connection.execute("checkpoint")
            finally:
                connection.close()
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
        shutil.copyfileobj(held, written, _CHUNK)
    entrust(part, file)
    shutil.copy(log_of(file), log_of(part))


def _take_name(file: Path) -> None:
    """The log goes before the file that holds it comes, on the disk too: it would be replayed into it."""
    flush(file.parent)
    log_of(file).unlink(missing_ok=True)
    flush(file.parent)
    folded(file).replace(file)
    flush(file.parent)


def entrust(path: Path, file: Path) -> None:
    """Let those read and write a path, if it is there, who may the file: root's visits lock nobody out."""
    with suppress(FileNotFoundError, PermissionError):
        allowed = file.stat()
        path.chmod(allowed.st_mode)
        os.chown(path, allowed.st_uid, allowed.st_gid)


def flush(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(file: Path) -> None:
    """Remove a scratch file and what DuckDB left beside it: its log, and its spill folder after a kill."""
    for left in file.parent.glob(f"{file.name}*"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)
