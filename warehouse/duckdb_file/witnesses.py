"""Where the ledger stood, as the copies of the file know."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.database.connect import connect
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.anchors import Anchor, Restoration, aware, missed


def witnesses(home: Path) -> list[Anchor]:
    """What the copies for readers and the backups of a HOME know."""
    copies = [file for name in ("published", "backups") for file in sorted((home / name).glob("*.duckdb"))]
    return [anchor for file in copies for anchor in _of_copy(file)]


def set_aside(db: Database, copy: Path) -> Path | None:
    """Where a copy lies now that alone may know of an entry which the ledger has not; None while it has all.

    The next copy would be written over it.
    """
    for anchor in _of_copy(copy):
        found = ledger.entry(db, anchor.hash)
        if any(missed([*ledger.entries(db, (Restoration.KIND,)), *([found] if found else ())], [anchor])):
            return copy.replace(copy.with_stem(f"{copy.stem}-{anchor.hash[:12]}"))
    return None


def _of_copy(file: Path) -> Iterator[Anchor]:
    """The end of the ledger in a copy; nothing where it cannot be read or has none."""
    try:
        connection = connect(file, read_only=True)
    except (duckdb.Error, OSError):
        return
    try:
        db = Database(connection)
        _, last = ledger.head(db)
        entry = ledger.entry(db, last)
    except duckdb.Error:
        return
    finally:
        connection.close()
    if entry is not None:
        yield Anchor(f"{file.parent.name}/{file.name}", last, aware(entry.at))
