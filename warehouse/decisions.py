"""What people decide about rejected rows: kept for ever, an acceptance as a version known from then on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from warehouse import ingest
from warehouse.database.database import Database
from warehouse.ingest import Batch, Merged

if TYPE_CHECKING:
    import pyarrow as pa

Decision = Literal["accepted", "rejected"]


@dataclass(frozen=True)
class Broken:
    """A rule that a row broke: its name, what it demands in words, and the offending number.

    `proposed` is the certain repair, value by field; None where there is none.
    """

    rule: str
    words: str | None
    value: float | None
    proposed: dict[str, float] | None


@dataclass(frozen=True)
class Quarantined:
    """A delivered row that was rejected, once however often it came, and what was decided about it.

    A row of `bars` has prices and volume; one of `actions` a kind and an amount, on its ex-date.
    `deliveries` counts the batches that held it, from `since` and `first_batch` to `last_seen`.
    """

    id: str
    source: str
    table_name: str
    symbol: str | None
    session: date | None
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None
    kind: str | None
    amount: float | None
    rules: tuple[Broken, ...]
    since: datetime
    last_seen: datetime
    deliveries: int
    first_batch: str
    last_batch: str
    decision: Decision | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None


def quarantined(db: Database, symbol: str | None = None, *, every: bool = False) -> list[Quarantined]:
    """The rejected rows that are to be decided on (or every one), of one symbol or of all."""
    return db.select(_row, "quarantine_rows", symbol=symbol, every=every)


def like(db: Database, prefix: str) -> list[Quarantined]:
    """The rejected rows whose id begins with a text."""
    return db.select(_row, "quarantine_like", prefix=prefix)


def of_bar(db: Database, symbol: str, session: date, source: str | None = None) -> list[Quarantined]:
    """The rejected deliveries of one bar, and of the actions of its day."""
    return db.select(_row, "bar_quarantined", symbol=symbol, session=session, source=source)


class _Rule(TypedDict):
    rule: str
    words: str | None
    value: float | None
    proposed: str | None


def _row(*, rules: list[_Rule], derived: bool, decided_as: str | None, **fields: Any) -> Quarantined:  # noqa: ARG001
    """A row of the view `quarantined_rows`, which has two columns more than people are shown."""
    return Quarantined(rules=tuple(_broken(**rule) for rule in rules), **fields)


def _broken(rule: str, words: str | None, value: float | None, proposed: str | None) -> Broken:
    return Broken(rule, words, value, json.loads(proposed) if proposed else None)


def reject(db: Database, rows: Sequence[Quarantined], by: str, reason: str, now: datetime) -> None:
    """Record that the rows stay out."""
    for row in rows:
        decided = {"id": row.id, "decision": "rejected", "decided_by": by, "reason": reason}
        db.run("decision_insert", **decided, decided_at=now, batch_id=None, known_from=None)


def accept(db: Database, rows: Sequence[Quarantined], by: str, reason: str, now: datetime) -> None:
    """Record that the rows are right, and make each the version of its bar or action known from now on.

    One batch for each source stands for what was delivered.
    """
    for source in sorted({row.source for row in rows}):
        own = [row for row in rows if row.source == source]
        known_from = ingest.next_known_from(db, now)
        # Nothing but this transaction's own rows knows the name: repeated, it may be another one.
        batch_id = f"accepted-{uuid.uuid4().hex[-8:]}"
        version = {"batch_id": batch_id, "known_from": known_from}
        for row in own:
            decided = {"id": row.id, "decision": "accepted", "decided_by": by, "reason": reason}
            db.run("decision_insert", **decided, decided_at=now, **version)
        _store(db, _batch(batch_id, source, own, now), known_from)


def _batch(batch_id: str, source: str, rows: Sequence[Quarantined], now: datetime) -> Batch:
    """What people entered, as a batch of its source."""
    symbols = tuple(sorted({row.symbol for row in rows if row.symbol}))
    days = [row.session for row in rows if row.session]
    digest = ",".join(row.id for row in rows)
    return Batch(batch_id, source, symbols, min(days), max(days), now, digest, len(rows), (), "total", None)


def _store(db: Database, batch: Batch, known_from: datetime) -> None:
    version = {"batch_id": batch.batch_id, "known_from": known_from}
    restated = db.run("accepted_bars_close", **version)
    inserted = db.run("accepted_bars_insert", batch_id=batch.batch_id)
    db.run("accepted_actions_close", **version)
    db.run("accepted_actions_insert", batch_id=batch.batch_id)
    ingest.record(db, batch, Merged(known_from, inserted - restated, restated, 0))


def delivered(db: Database, source: str, bars: pa.Table, actions: pa.Table) -> set[tuple[str, int]]:
    """The delivered rows that repeat what a person has accepted of the source, by table and place in it."""
    import pyarrow as pa  # noqa: PLC0415 - see warehouse.database.database

    numbered = {
        "delivered_bars": bars.append_column("row_id", pa.array(range(len(bars)), pa.int64())),
        "delivered_actions": actions.append_column("row_id", pa.array(range(len(actions)), pa.int64())),
    }
    with db.incoming(**numbered):
        return set(db.select(_delivered, "accepted_delivered", source=source))


def _delivered(table_name: str, row_id: int) -> tuple[str, int]:
    return table_name, row_id


@dataclass(frozen=True)
class Accepted:
    """A row that a person accepted, and why; `kind` tells an action from a bar."""

    source: str
    symbol: str
    session: date
    kind: str | None
    decided_by: str
    reason: str


def in_use(db: Database, session: date, known_at: datetime) -> list[Accepted]:
    """The acceptances that an instant's bars and actions of a session came from."""
    return db.select(Accepted, "accepted_in_use", session=session, known_at=known_at)
