"""Copies of the warehouse, whole or not at all; and texts for readers."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from quant.errors import WarehouseError
from warehouse.connection import Database, Warehouse
from warehouse.logged import connect, entrust, flush, fold, settle
from warehouse.migrate import migrate
from warehouse.storage import RESTORE, explained

CHUNK = 4 * 2**20


def published(home: Path) -> Path:
    """Where the copy for readers lies."""
    return home / "published" / "warehouse.duckdb"


def publish(warehouse: Warehouse, before: Callable[[Database, Path], object] = lambda *_: None) -> Path:
    """Copy the warehouse to HOME/published/warehouse.duckdb by an atomic rename; the copy's path.

    Who could read the copy before it can read this one. `before` sees the warehouse and the copy of before.
    """
    target = published(warehouse.home)
    target.parent.mkdir(parents=True, exist_ok=True)
    # One name: the lock admits one publisher, and what a killed one left behind is overwritten.
    temporary = target.with_name(f".{target.name}.part")
    with warehouse.locked():
        checkpoint(warehouse.file, look=lambda db: before(db, target))
        try:
            shutil.copyfile(warehouse.file, temporary)
            entrust(temporary, target)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return target


def checkpoint(
    file: Path, remedy: str = RESTORE, look: Callable[[Database], object] = lambda _: None
) -> None:
    """Leave a warehouse in this version's schema and in one file, after a `look` at it.

    The caller holds the lock.
    """
    with explained(file, remedy):
        settle(file)
        connection = connect(file, in_place=False)
        try:
            migrate(connection, file)
            look(Database(connection))
        finally:
            connection.close()
        fold(file)


def copy(source: Path, target: Path) -> str:
    """Copy a file; the SHA-256 of what was read.

    Raises:
        WarehouseError: it cannot be read, or not be written there.
    """
    sha = hashlib.sha256()
    try:
        with source.open("rb") as original, target.open("wb") as written:
            while chunk := original.read(CHUNK):
                sha.update(chunk)
                written.write(chunk)
    except OSError as error:
        raise WarehouseError(
            f"{source} cannot be copied to {target.parent} ({error.strerror}): "
            "free some space there, or let whoever runs Ballast write to it."
        ) from None
    return sha.hexdigest()


def to_disk(file: Path) -> None:
    """Flush a file to the disk and, where the system can, forget it: what is read back comes from there."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_atomically(target: Path, text: str) -> None:
    """Write a text file whole or not at all, durable before it appears; a link, mode and owner stay."""
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        entrust(temporary, target)
        temporary.replace(target)
        flush(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
