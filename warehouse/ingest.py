"""Merging a checked staging file: versions of bars and actions, quarantine and the batch, all at once."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from quant.errors import InputError
from warehouse.database.database import Database
from warehouse.tables.batches import Interval, KeptFailure, StoredBatch, as_errors
from warehouse.tables.table import insert


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
    errors: tuple[KeptFailure, ...]
    returns: str
    illustration: str | None
    interval: Interval = "1d"


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
    store = _store if batch.interval == "1d" else _store_minutes
    return store(db, batch, next_known_from(db, now))


def next_known_from(db: Database, now: datetime) -> datetime:
    """The instant that a commit now is known from: later than any before, even when the clock goes back."""
    (instant,) = db.column("known_from", now=now)
    known_from: datetime = instant
    return known_from


def latest_known(db: Database) -> datetime | None:
    """The latest instant at which anything became known; None while nothing is."""
    (instant,) = db.column("latest_known")
    known_at: datetime | None = instant
    return known_at


def merge_as_known(db: Database, batch: Batch, known_at: datetime) -> Merged:
    """Store them as known from exactly `known_at`, a moment of the past.

    Raises:
        InputError: the source's later knowledge is stored already; nothing has been written.
    """
    refuse_later(db, batch.source, batch.digest, known_at)
    return _store(db, batch, known_at)


def refuse_later(db: Database, source: str, digest: str, known_at: datetime) -> None:
    """Prove that a source delivered nothing at `known_at` or later, but for parts of the delivery `digest`.

    Versions follow one another, and a run of the past is replayed from what was known then.

    Raises:
        InputError: it has.
    """
    for later in db.column("delivered_later", source=source, digest=digest, known_at=known_at):
        raise InputError(
            f"{source} is known as of {later:%Y-%m-%dT%H:%M:%SZ} already, and this delivery is of "
            f"{known_at:%Y-%m-%dT%H:%M:%SZ}: load deliveries oldest first, or give these a name of their own "
            "with --source."
        )


def loaded_symbols(db: Database, source: str, digest: str, known_at: datetime) -> set[str]:
    """The symbols of the delivery `digest` that are stored as known from `known_at`."""
    return set(db.column("loaded_symbols", source=source, digest=digest, known_at=known_at))


def loaded_counts(
    db: Database, source: str, digest: str, known_at: datetime
) -> tuple[Merged, dict[str, int]]:
    """What the delivery `digest` changed, over all its batches, and how many values it restated by field."""
    (merged,) = db.select(
        partial(Merged, known_at), "loaded_totals", source=source, digest=digest, known_at=known_at
    )
    (fields,) = db.select(dict[str, int], "restated_fields", source=source, known_at=known_at)
    return merged, fields


@dataclass(frozen=True)
class Stored:
    """Whether a source has anything stored within the span of a delivery."""

    bars: bool
    actions: bool


def _store(db: Database, batch: Batch, known_from: datetime) -> Merged:
    scope = {"source": batch.source, "known_from": known_from}
    (span,) = db.select(dict[str, object], "staged_span")
    (stored,) = db.select(Stored, "stored_in_span", source=batch.source, **span)
    (rejected,) = db.column("staged_rejected")
    restated = db.run("bars_close", **scope, **span) if stored.bars else 0
    joins = {"rejected": rejected, "stored": stored.bars}
    inserted = db.run("bars_insert", **scope, **span, **joins, batch_id=batch.batch_id)
    if stored.actions:
        db.run("actions_close", **scope)
    db.run("actions_insert", **scope, batch_id=batch.batch_id)
    db.run("vendor_adjusted_merge", source=batch.source, batch_id=batch.batch_id)
    quarantined = db.run("quarantine_insert", source=batch.source, batch_id=batch.batch_id)
    db.run("repairs_insert", source=batch.source, batch_id=batch.batch_id)
    db.run("differences_insert", source=batch.source, batch_id=batch.batch_id)
    merged = Merged(known_from, inserted - restated, restated, quarantined)
    record(db, batch, merged)
    return merged


def _store_minutes(db: Database, batch: Batch, known_from: datetime) -> Merged:
    scope = {"source": batch.source, "known_from": known_from}
    (span,) = db.select(dict[str, object], "minutes_span")
    restated = db.run("minutes_close", **scope, **span)
    inserted = db.run("minutes_insert", **scope, **span, batch_id=batch.batch_id)
    rejected = db.run("minutes_reject", source=batch.source, **span, batch_id=batch.batch_id)
    merged = Merged(known_from, inserted - restated, restated, rejected)
    record(db, batch, merged)
    return merged


def stored(db: Database, batch_id: str) -> StoredBatch | None:
    """A batch that was merged or held; None of one that was not."""
    return db.first(StoredBatch, "batch", batch_id=batch_id)


def hold(db: Database, batch: Batch, reason: str) -> Merged:
    """Record a batch that was refused whole: none of its rows is known."""
    merged = Merged(None, 0, 0, 0, reason)
    record(db, batch, merged)
    return merged


def record(db: Database, batch: Batch, merged: Merged) -> None:
    """Enter a batch and what it changed."""
    row = StoredBatch(
        batch_id=batch.batch_id, source=batch.source, symbols=[*batch.symbols], range_start=batch.start,
        range_end=batch.end, fetched_at=batch.fetched_at, digest=batch.digest,
        rows_delivered=batch.rows_delivered, rows_new=merged.rows_new, rows_restated=merged.rows_restated,
        rows_quarantined=merged.rows_quarantined, errors=as_errors(batch.errors), held=merged.held,
        returns=batch.returns, illustration=batch.illustration, known_from=merged.known_from,
        interval=batch.interval,
    )  # fmt: skip
    insert(db, row)
