"""Merging a checked staging file: versions of bars and actions, quarantine and the batch, all at once."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.connection import Database


@dataclass(frozen=True)
class Batch:
    """One fetch: what was asked, what came, and what went wrong per symbol."""

    batch_id: str
    source: str
    symbols: tuple[str, ...]
    start: date | None
    end: date
    fetched_at: datetime
    digest: str
    rows_delivered: int
    errors: list[dict[str, str]]
    returns: str
    illustration: str | None


@dataclass(frozen=True)
class Merged:
    """What a merge changed; `known_from` is None when the whole batch was held."""

    known_from: datetime | None
    rows_new: int
    rows_restated: int
    rows_quarantined: int
    held: str | None = None


def merge(db: Database, batch: Batch, now: datetime) -> Merged:
    """Store the accepted rows of the attached staging file as known from now on."""
    known_from: datetime = db.rows("known_from", now=now)[0]["known_from"]
    scope = {"source": batch.source, "known_from": known_from}
    span = db.rows("staged_span")[0]
    stored = db.rows("stored_in_span", source=batch.source, **span)[0]
    restated = db.run("bars_close", **scope, **span) if stored["bars"] else 0
    inserted = db.run("bars_insert", **scope, **span, batch_id=batch.batch_id)
    if stored["actions"]:
        db.run("actions_close", **scope)
    db.run("actions_insert", **scope, batch_id=batch.batch_id)
    db.run("vendor_adjusted_merge", source=batch.source, batch_id=batch.batch_id)
    quarantined = db.run("quarantine_insert", source=batch.source, batch_id=batch.batch_id)
    merged = Merged(known_from, inserted - restated, restated, quarantined)
    _record(db, batch, merged)
    return merged


def hold(db: Database, batch: Batch, reason: str) -> Merged:
    """Record a batch that was refused whole: none of its rows is known."""
    merged = Merged(None, 0, 0, 0, reason)
    _record(db, batch, merged)
    return merged


def _record(db: Database, batch: Batch, merged: Merged) -> None:
    db.run(
        "batch_insert",
        batch_id=batch.batch_id,
        source=batch.source,
        symbols=list(batch.symbols),
        range_start=batch.start,
        range_end=batch.end,
        fetched_at=batch.fetched_at,
        digest=batch.digest,
        rows_delivered=batch.rows_delivered,
        rows_new=merged.rows_new,
        rows_restated=merged.rows_restated,
        rows_quarantined=merged.rows_quarantined,
        errors=json.dumps(batch.errors),
        held=merged.held,
        returns=batch.returns,
        illustration=batch.illustration,
        known_from=merged.known_from,
    )
