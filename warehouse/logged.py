"""A DuckDB file and its log: opened, and the log folded into the file by a copy that takes its name.

DuckDB folds a log (a checkpoint) by rewriting blocks that the last checkpoint uses, and a process that is
killed in the middle of such a write leaves a block half old, half new, which DuckDB then refuses (ADR 11). So
what a warehouse holds is never written again in place: commits go to the log, and a copy folds it.
"""

import os
import shutil
from pathlib import Path

import duckdb

SHARE = 32
"""A log is due to be folded when it holds this part of its file: opening it costs 10 ms for each MB ..."""
LEAST = 2**20
"""... and at least this many bytes."""
_NEVER = "1 TB"


def connect(file: Path, *, read_only: bool = False, in_place: bool = True) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, quiet on standard output and without looking for extensions elsewhere.

    With `in_place` False every commit stays in the log, at closing too.
    """
    connection = duckdb.connect(
        str(file), read_only=read_only, config={"autoinstall_known_extensions": False}
    )
    connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
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
        shutil.copy(file, part)
        shutil.copy(log_of(file), log_of(part))
        connection = connect(part)
        try:
            connection.execute("checkpoint")
        finally:
            connection.close()
        flush(part)
        part.replace(folded(file))
    finally:
        discard(part)
    settle(file)


def settle(file: Path) -> None:
    """Bring a fold that was complete to its end: the log goes before the file that holds it comes."""
    if not folded(file).exists():
        return
    flush(file.parent)
    log_of(file).unlink(missing_ok=True)
    folded(file).replace(file)
    flush(file.parent)


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
