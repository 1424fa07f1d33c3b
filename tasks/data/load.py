"""An archived delivery into the warehouse, as known at the instant at which the vendor delivered it."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from config.calendar_overrides import exchange
from config.calendars import COMPLETE_AFTER, Calendar
from config.settings import prepare_home
from quant.errors import InputError
from tasks import sources
from tasks.context.context import Context
from tasks.context.instants import deliveries, instant_of
from tasks.data.backfill import ROWS
from tasks.day.check_data import merge_batch
from tasks.day.fetch import stage_delivery
from tasks.run.lifecycle import Begun, close_dead, end, enter
from tasks.sources import Request, files
from tasks.sources.files import Survey
from warehouse import ingest, runs
from warehouse.database.database import Database
from warehouse.ingest import Batch, Merged
from warehouse.tables.batches import SymbolFailure


@dataclass(frozen=True)
class Archived:
    """A delivery that may be loaded: where it lies, what it holds, whose it is and when it was delivered.

    `closed` is the newest session whose close had passed at `known_at`.
    """

    path: Path
    holds: Survey
    source: str
    known_at: datetime
    calendar: Calendar
    closed: date


@dataclass(frozen=True)
class Missing:
    """A session of which a delivery has no bar of a symbol."""

    symbol: str
    session: str


@dataclass(frozen=True)
class Loaded:
    """What a delivery brought. `restated` counts values by field, `rows_restated` bars with any.

    `missing` are the sessions up to the delivery's last that a symbol lacks since its own first.
    """

    source: str
    known_at: datetime
    symbols: tuple[str, ...]
    rows_new: int
    rows_restated: int
    restated: dict[str, int]
    rows_quarantined: int
    missing: tuple[Missing, ...]
    held: str | None
    errors: tuple[SymbolFailure, ...]


def examine(
    context: Context, path: Path, known_at: datetime | None, source: str | None, calendar: str
) -> Archived:
    """Read a delivery as far as it could be refused; nothing is written.

    Raises:
        InputError: the delivery, its instant, its source's name or the calendar cannot be used.
    """
    path = Path(sources.resolve(f"files:{path}").location)
    received, sessions = _delivered_at(context, path, known_at), exchange(context.home, calendar)
    holds = files.survey(path, calendar)
    if holds.last > received.astimezone(sessions.zone).date():
        raise InputError(
            f"{path} holds {holds.last}, which had not begun at {received:%Y-%m-%dT%H:%M:%SZ}: give the "
            "instant at which it was received."
        )
    name = sources.resolve(source or f"files:{path.parent}").name
    return Archived(path, holds, name, received, sessions, sessions.last_completed(received + COMPLETE_AFTER))


def _delivered_at(context: Context, path: Path, known_at: datetime | None) -> datetime:
    if path.is_dir() and (inside := deliveries(path)):
        raise InputError(
            f"{path} is an archive of {len(inside)} deliveries: load them one by one, oldest first, "
            f"beginning with {inside[0].name}."
        )
    received = known_at or instant_of(path)
    if received is None:
        raise InputError(
            f"{path} is not named for an instant such as 20250903T200825Z: say with --known-at when this "
            "delivery was received."
        )
    if received > context.now():
        raise InputError(f"{received:%Y-%m-%dT%H:%M:%SZ} is in the future: no delivery can be known yet.")
    return received


def load(context: Context, archived: Archived, rows: int = ROWS) -> Loaded:
    """Check and store a delivery in transactions of about `rows` bars; an interrupted load is gone on with.

    Raises:
        InputError: later or equal knowledge of the source is stored, or another load of it is at work.
    """
    prepare_home(context.home)
    run_id = f"{archived.known_at:%Y%m%dT%H%M%SZ}-load-{uuid.uuid4().hex[-8:]}"
    left = context.warehouse.transact(lambda db: _open(db, context, archived, run_id))
    try:
        done = _store(context, archived, run_id, left, rows)
    except BaseException as error:
        end(context, run_id, error)
        raise
    counts, restated = context.warehouse.transact(lambda db: _close(db, context, archived, run_id))
    return Loaded(
        archived.source, archived.known_at, archived.holds.symbols,
        counts.rows_new, counts.rows_restated, restated, counts.rows_quarantined,
        missing(archived),
        "; ".join(merged.held for _, merged in done if merged.held) or None,
        tuple(error.without_answer() for batch, _ in done for error in batch.errors),
    )  # fmt: skip


def _close(db: Database, context: Context, archived: Archived, run_id: str) -> tuple[Merged, dict[str, int]]:
    """End the load well; what the delivery changed, over all its loads."""
    runs.finish(db, run_id, "no_action", context.now())
    return ingest.loaded_counts(db, archived.source, archived.holds.digest, archived.known_at)


def _open(db: Database, context: Context, archived: Archived, run_id: str) -> list[str]:
    """Enter the load in the ledger; the symbols that are left to store."""
    source, digest, known_at = archived.source, archived.holds.digest, archived.known_at
    close_dead(db, context, run_id)
    for other in db.column("loads_running", source=source):
        raise InputError(f"{other} is loading into {source}: wait until it has ended.")
    ingest.refuse_later(db, source, digest, known_at)
    loaded = ingest.loaded_symbols(db, source, digest, known_at)
    left = [symbol for symbol in archived.holds.symbols if symbol not in loaded]
    if not left:
        raise InputError(
            f"{archived.path} is loaded already: {source} is known as of {known_at:%Y-%m-%dT%H:%M:%SZ}."
        )
    enter(db, context, Begun(run_id, "load", archived.closed, source, historical=True))
    return left


def _store(
    context: Context, archived: Archived, run_id: str, symbols: list[str], rows: int
) -> list[tuple[Batch, Merged]]:
    """Stage, check and merge the symbols, as many at once as have about `rows` bars."""
    holds, done = archived.holds, []
    size = max(rows * len(holds.symbols) // holds.rows.num_rows, 1)
    groups = [symbols[first : first + size] for first in range(0, len(symbols), size)]
    for number, group in enumerate(groups, 1):
        context.progress(f"Batch {number} of {len(groups)}", number - 1, len(groups))
        exchanges = dict.fromkeys(group, archived.calendar.name)
        request = Request(tuple(group), None, holds.last, str(archived.path), calendars=exchanges)
        delivery = files.fetch(request)
        batch = Batch(
            f"{run_id}-{number}", archived.source, tuple(group), holds.first, archived.closed,
            archived.known_at, holds.digest, len(delivery.bars),
            tuple(error.record() for error in delivery.errors), delivery.returns, delivery.illustration,
        )  # fmt: skip
        stage_delivery(context, batch, delivery, exchanges, archived.known_at, exchanges=[archived.calendar])
        done.append(merge_batch(context, run_id, batch.batch_id, archived.known_at))
    context.progress("Stored", len(groups), len(groups))
    return done


def missing(archived: Archived) -> tuple[Missing, ...]:
    """The sessions up to the delivery's last that a symbol lacks since its own first."""
    holds = archived.holds
    last = min(holds.last, archived.closed)
    sessions = np.array(archived.calendar.sessions(holds.first, last), "datetime64[D]")
    symbols = holds.rows["symbol"].combine_chunks().dictionary_encode()
    order = np.argsort(symbols.indices.to_numpy(), kind="stable")
    ends = np.cumsum(np.bincount(symbols.indices.to_numpy()))
    days = np.split(holds.rows["session"].to_numpy()[order], ends[:-1])
    lacking = {
        symbol: np.setdiff1d(sessions[sessions > own.min()], own)
        for symbol, own in zip(symbols.dictionary.to_pylist(), days, strict=True)
    }
    return tuple(Missing(symbol, str(day)) for symbol in holds.symbols for day in lacking[symbol])
