"""What has been booked into the holdings, kept beside the warehouse.

Holdings are files of the user, which a restored backup does not put back: from here its ledger learns of the
fills and cancellations that they have and it has not, so that none is booked twice.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from quant.documents import Json
from quant.errors import InputError
from tasks.orders.entries import Cancellation, Fill
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.anchors import AGAIN, Anchor, digest
from warehouse.record.ledger import Entry


class Booked(BaseModel):
    """An entry of the ledger that the holdings have."""

    hash: str
    kind: str
    subject: str
    payload: Json


def file(home: Path) -> Path:
    """One JSON object a line, in the order of booking."""
    return home / "holdings.booked"


def of(entry: Entry) -> Booked:
    """An entry as it is kept."""
    return Booked(hash=entry.hash, kind=entry.kind, subject=entry.subject, payload=entry.payload)


def keep(home: Path, entries: Iterable[Booked]) -> None:
    """Add entries once the files have them; the same ones twice do no harm.

    Raises:
        InputError: the file cannot be written.
    """
    lines = "".join(f"{one.model_dump_json()}\n" for one in entries)
    try:
        with file(home).open("a", encoding="utf-8") as kept:
            kept.write("\n" + lines)  # whatever a kill has left half written stays a line of its own
            kept.flush()
            os.fsync(kept.fileno())
    except OSError as error:
        raise InputError(
            f"{file(home)} cannot be written ({error.strerror}). The fills are booked, each once: allow it "
            "to be written, and the next command notes them there."
        ) from None


def catch_up(db: Database, home: Path, now: datetime) -> list[Entry]:
    """Enter again what the holdings have and the ledger has not; the new entries."""
    entries = ledger.entries(db, (Fill.KIND, Cancellation.KIND))
    known = {one.hash for one in entries} | {str(one.payload.get(AGAIN)) for one in entries}
    missing = {one.hash: one for one in _kept(home) if one.hash not in known}
    return [
        ledger.append(db, one.kind, one.subject, {**one.payload, AGAIN: one.hash}, now)
        for one in missing.values()
    ]


def anchors(home: Path) -> list[Anchor]:
    """The entries that the holdings have."""
    name = file(home).name
    return [Anchor(name, one.hash, said=digest(one.kind, one.subject, one.payload)) for one in _kept(home)]


def _kept(home: Path) -> Iterator[Booked]:
    """What was booked; a line that a kill left half written is none."""
    if file(home).exists():
        with file(home).open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with suppress(ValidationError):
                    yield Booked.model_validate_json(line)
