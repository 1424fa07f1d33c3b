"""Where the ledger has stood, as others know it: a tail that was cut away, head and all, is missed.

Each copy of the warehouse knows the end that the ledger had when it was made, and each message tells it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from quant.documents import Json
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.entered import Said, entered
from warehouse.record.ledger import Entry

HASH = re.compile(r"ledger:? `?([0-9a-f]{64})")
AGAIN = "entered_before_as"
"""In an entry that was made again after a restore: the hash of the one that was lost."""


class Restoration(Said):
    """The warehouse was restored from a backup, whose file is the entry's subject."""

    KIND: ClassVar[str] = "restore"

    taken_at: datetime


@dataclass(frozen=True)
class Anchor:
    """An entry's hash that somebody else knows; `at` is when it was known, None where that is not known.

    `said` is the `digest` of what the entry says, None where only its hash is known.
    """

    where: str
    hash: str
    at: datetime | None = None
    said: str | None = None


def outside(home: Path) -> list[Anchor]:
    """What the previews of messages in a HOME know."""
    found = []
    for preview in sorted((home / "previews").glob("*.json")):
        at = datetime.fromtimestamp(preview.stat().st_mtime, UTC)
        text = preview.read_text(encoding="utf-8", errors="replace")
        found += [Anchor(f"the message {preview.name}", one, at) for one in HASH.findall(text)]
    return found


def digest(kind: str, subject: str, payload: Json) -> str:
    """What an entry says, without its place."""
    return ledger.digest([kind, subject, payload])


def sent(db: Database) -> list[Anchor]:
    """The ends of the ledger in the messages of a warehouse."""
    return db.select(_of_message, "ledger_sent")


def _of_message(key: str, hash: str) -> Anchor:  # noqa: A002 - the column's name
    return Anchor(f"the message {key[:12]}", hash)


def missed(chain: Sequence[Entry], anchors: Sequence[Anchor]) -> Iterator[tuple[int, str]]:
    """The anchors that the chain does not have, or in other words, but for what a restore has lost."""
    own = {one.hash: one for one in chain}
    known = {ledger.GENESIS, *(one.hash for one in chain), *(str(one.payload.get(AGAIN)) for one in chain)}
    lost = [
        (entered(one, Restoration).said.taken_at, one.at) for one in chain if one.kind == Restoration.KIND
    ]
    for one in anchors:
        at, entry = one.at, own.get(one.hash)
        if entry and one.said and one.said != digest(entry.kind, entry.subject, entry.payload):
            yield (
                entry.seq,
                f"entry {entry.seq} ({entry.kind} {entry.subject}), which differs in {one.where}",
            )
        if one.hash in known or (at and any(since <= at <= aware(until) for since, until in lost)):
            continue
        yield len(chain) + 1, f"the entry {one.hash}, which {one.where} knows and the ledger has not"


def unfounded(chain: Sequence[Entry]) -> Iterator[tuple[int, str]]:
    """Entries that were made again although nothing was restored: their first ones were removed."""
    restored = False
    for one in chain:
        restored = restored or one.kind == Restoration.KIND
        if AGAIN in one.payload and not restored:
            yield (
                one.seq,
                f"entry {one.seq} ({one.kind} {one.subject}), entered again though nothing was restored",
            )


def aware(moment: datetime) -> datetime:
    """An instant with its zone: storage has UTC and does not say so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
