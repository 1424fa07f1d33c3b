"""The ledger: what happened, in the order in which it did, each entry with the hash of the one before.

An entry's hash is the SHA-256 of its canonical JSON: all of its fields and the hash before it, keys sorted,
no spaces, UTF-8. So no entry can be changed, removed or put in between without changing every later hash.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime

from quant.documents import Json
from warehouse.database.database import Database
from warehouse.tables.ledger import Head, StoredEntry
from warehouse.tables.table import insert

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened: its kind, what it happened to, and the particulars as JSON values."""

    seq: int
    at: datetime
    kind: str
    subject: str
    payload: Json
    previous: str
    hash: str


def append(db: Database, kind: str, subject: str, payload: Json, now: datetime) -> Entry:
    """Enter what happens now, in the transaction in which it does; days and instants become ISO text.

    Raises:
        ValueError: the payload holds a number that is not finite.
    """
    length, previous = head(db)
    open_end = Entry(length + 1, now.astimezone(UTC), kind, subject, plain(payload), previous, hash="")
    entry = replace(open_end, hash=_hash(open_end))
    insert(db, StoredEntry(**vars(entry) | {"payload": canonical(entry.payload)}))
    db.run("ledger_head_clear")
    insert(db, Head(entry.seq, entry.hash))
    return entry


def head(db: Database) -> tuple[int, str]:
    """How many entries there are, and the hash of the last one."""
    last = db.first(Head, "ledger_head")
    return (last.seq, last.hash) if last else (0, GENESIS)


def entries(
    db: Database, kinds: Sequence[str] | None = None, subject: str | None = None, since: int = 0
) -> list[Entry]:
    """The entries of some kinds and of one subject, or of all, behind the place `since`, in their order."""
    asked = {"kinds": list(kinds) if kinds is not None else None, "subject": subject, "since": since}
    return [_entry(row) for row in db.select(StoredEntry, "ledger_entries", **asked)]


def entry(db: Database, digest: str) -> Entry | None:
    """The entry with this hash."""
    row = db.first(StoredEntry, "ledger_entry", hash=digest)
    return _entry(row) if row else None


def broken(chain: Sequence[Entry], length: int, last: str) -> Iterator[tuple[int, str]]:
    """Where a chain does not hold: the place, and a sentence. `length` and `last` are what `head` says.

    After a gap the chain is followed from the entry behind it, so that one fault is told once.
    """
    seq, previous = 0, GENESIS
    for one in chain:
        seq += 1
        name = f"entry {one.seq} ({one.kind} {one.subject})"
        if one.seq != seq:
            gone = f"entry {seq}" if one.seq == seq + 1 else f"entries {seq} to {one.seq - 1}"
            yield seq, f"{gone}, removed before {name}" if one.seq > seq else f"{name}, which stands twice"
        elif one.previous != previous:
            yield seq, f"{name}, which does not follow the entry before it"
        if one.hash != _hash(one):
            yield seq, f"{name}, which is not what was entered"
        seq, previous = one.seq, one.hash
    if (seq, previous) != (length, last):
        yield seq + 1, f"the end of the chain: it stops at entry {seq}, and {length} were made"


def plain(value: Json) -> dict[str, object]:
    """A payload as it is read back: days and instants as ISO text, tuples as lists."""
    return dict(json.loads(canonical(value)))


def canonical(value: object) -> str:
    """JSON in the one form that is hashed."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_text
    )


def digest(value: object) -> str:
    """The SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _hash(entry: Entry) -> str:
    """The hash of an entry's other fields."""
    return digest({one.name: getattr(entry, one.name) for one in fields(Entry) if one.name != "hash"})


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the ledger")


def _entry(row: StoredEntry) -> Entry:
    payload = json.loads(row.payload)
    return Entry(row.seq, row.at, row.kind, row.subject, payload, row.previous, row.hash)
