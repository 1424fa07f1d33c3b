"""Files written whole or not at all, on the disk before they are relied on."""

import hashlib
import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from quant.errors import WarehouseError

CHUNK = 4 * 2**20


def write_atomically(target: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, durable before it appears; text in UTF-8. Link, mode, owner stay."""
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        entrust(temporary, target)
        temporary.replace(target)
        flush(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


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
