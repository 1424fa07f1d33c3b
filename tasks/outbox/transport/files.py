"""The bytes of files on their way: in HOME/outbox under their SHA-256, until they have arrived.

A row of the outbox is copied into every backup and published copy; a picture in each of them would make all
of them large, so the row has the digest only.
"""

import hashlib
import os
import tempfile
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = "outbox"
KEPT = timedelta(days=1)
"""A file that nothing waits for is kept so long: whoever has just written it is about to ask for it."""


def keep(home: Path, content: bytes) -> str:
    """Write a file whole or not at all; its SHA-256. Written again it is the same file.

    Raises:
        OSError: it cannot be written.
    """
    digest = hashlib.sha256(content).hexdigest()
    target = home / FOLDER / digest
    if not target.exists():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(target)
    return digest


def read(home: Path, digest: str) -> bytes | None:
    """The bytes with this SHA-256; None where they are not there, or are others."""
    try:
        content = (home / FOLDER / digest).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def sweep(home: Path, wanted: Collection[str], now: datetime) -> None:
    """Remove the files that nothing waits for any more."""
    for file in (home / FOLDER).glob("*"):
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if file.name not in wanted and now - written > KEPT:
            file.unlink(missing_ok=True)
