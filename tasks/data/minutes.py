"""Minute bars: fetched, checked and stored, and what is stored of them compared with the exchange's hours."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from config.calendar_overrides import exchange
from config.settings import prepare_home
from quant.errors import InputError, VendorError
from tasks.context.context import Context
from tasks.context.symbols import require_symbols
from tasks.data.backfill import ROWS
from tasks.day.check_data import merge_batch
from tasks.day.fetch import batch_of
from tasks.ingest.minutes import Hours, Instants, stage
from tasks.ingest.vendor_request import ask
from tasks.run.lifecycle import Begun, close_dead, end, enter
from tasks.run.plan import check_source
from tasks.sources import Request
from warehouse import history, staging
from warehouse.database.database import Database
from warehouse.ingest import Merged, latest_known
from warehouse.tables.batches import SymbolFailure

LONGEST = 1440
"""Minutes of a session."""


@dataclass(frozen=True)
class Wanted:
    """Minute bars that are asked for, everything resolved and checked."""

    symbols: tuple[str, ...]
    hours: Hours
    source: str


@dataclass(frozen=True)
class Stretch:
    """Minutes in a row, from the first to the last one (UTC); a break of the exchange does not part them."""

    first: datetime
    last: datetime
    minutes: int


@dataclass(frozen=True)
class SessionMinutes:
    """What is stored of a symbol's session, of the minutes that have ended; the missing ones in stretches."""

    symbol: str
    session: date
    minutes: int
    expected: int
    first: datetime | None
    last: datetime | None
    missing: tuple[Stretch, ...]


@dataclass(frozen=True)
class Quarantined:
    """How many bars of a symbol's session broke a rule, and the first of them."""

    symbol: str | None
    session: date | None
    rule: str
    words: str
    rows: int
    first: datetime | None


@dataclass(frozen=True)
class Brought:
    """What a fetch changed. `running`: bars left out because their minute had not ended.

    `rows_quarantined` counts what was rejected for the first time; `quarantined` has these, and earlier ones
    of the asked symbols and sessions whose minute has no accepted bar.
    """

    rows_new: int = 0
    rows_restated: int = 0
    rows_quarantined: int = 0
    running: int = 0
    quarantined: tuple[Quarantined, ...] = ()
    errors: tuple[SymbolFailure, ...] = ()


@dataclass(frozen=True)
class Found:
    """What is stored, as known at `known_at` (None: nothing is); times of the exchange are in `zone`."""

    source: str
    calendar: str
    zone: str
    known_at: datetime | None
    sessions: tuple[SessionMinutes, ...]


def plan(
    context: Context,
    symbols: Sequence[str],
    session: date | None,
    start: date | None,
    source: str | None,
    calendar: str,
) -> Wanted:
    """The sessions from `start` (None: one alone) to `session` (None: the last one that has opened).

    Raises:
        InputError: anything that is asked for is not right; nothing has been written.
    """
    traded = exchange(context.home, calendar)
    last = traded.begun(session, context.now())
    if start and start < traded.first:
        raise InputError(
            f"--start {start} is before the first known session of {traded.name}, {traded.first}: "
            "name a later day."
        )
    days = traded.sessions(start or last, last)
    if not days:
        raise InputError(f"--start {start} is after {last}, the last session: choose an earlier start.")
    asked = tuple(dict.fromkeys(symbols))
    require_symbols(asked, "ballast data minutes")
    exchanges = dict.fromkeys(asked, traded.name)
    return Wanted(asked, Hours(traded, days), check_source(context, source, asked, last, exchanges, "1m"))


def fetch(context: Context, wanted: Wanted, rows: int = ROWS) -> Brought:
    """Ask for the minute bars, check and store them, in transactions of about `rows` bars at most.

    Raises:
        InputError: the source has nothing of any symbol, or no bar lies in a session.
        VendorError: the source did not answer.
    """
    prepare_home(context.home)
    session = wanted.hours.days[-1]
    run_id = f"{session:%Y%m%d}-minutes-{uuid.uuid4().hex[-8:]}"
    begun = Begun(run_id, "minutes", session, wanted.source)
    context.warehouse.transact(lambda db: _open(db, context, begun))
    try:
        brought = _sum(context, wanted, run_id, list(_batches(context, wanted, run_id, rows)))
        _require_any(wanted, brought.errors)
    except BaseException as error:
        end(context, run_id, error)
        raise
    end(context, run_id)
    return brought


def _open(db: Database, context: Context, begun: Begun) -> None:
    """Enter the fetch in the ledger."""
    close_dead(db, context, begun.run_id)
    enter(db, context, begun)


def look(context: Context, wanted: Wanted) -> Found:
    """What is stored of the asked symbols and sessions now."""
    calendar = wanted.hours.calendar
    known_at, bars = context.warehouse.read(lambda db: _stored(db, wanted, context.now()))
    expected, known = wanted.hours.minutes(context.now()), _by_session(bars)
    nothing = np.array([], "datetime64[us]")
    found = tuple(
        _session(symbol, day, minutes, known.get((symbol, day), nothing))
        for symbol in wanted.symbols
        for day, minutes in expected.items()
    )
    return Found(wanted.source, calendar.name, str(calendar.zone), known_at, found)


def _stored(db: Database, wanted: Wanted, now: datetime) -> tuple[datetime | None, pa.Table]:
    """The latest instant at which anything became known, and the bars as known then."""
    known_at, days = latest_known(db), wanted.hours.days
    bars = history.minutes(db, wanted.source, wanted.symbols, days[0], days[-1], known_at or now)
    return known_at, bars


def _batches(
    context: Context, wanted: Wanted, run_id: str, rows: int
) -> Iterator[tuple[Merged, int, Sequence[SymbolFailure]]]:
    """Fetch and store some symbols after the other: what changed, what was left out, and what failed."""
    days, (since, until) = wanted.hours.days, wanted.hours.span
    size = max(rows // (LONGEST * len(days)), 1)
    for number, place in enumerate(range(0, len(wanted.symbols), size), 1):
        symbols = wanted.symbols[place : place + size]
        request = Request(
            symbols, days[0], days[-1], calendars=dict.fromkeys(symbols, wanted.hours.calendar.name),
            interval="1m", since=since, until=until,
            progress=lambda done, of, symbol: context.progress(f"Fetching {symbol}", done, of),
        )  # fmt: skip
        delivery = ask(context, wanted.source, request)
        batch = batch_of(context, f"{run_id}-{number}", wanted.source, request, delivery)
        staged = stage(delivery, symbols, wanted.hours, batch.fetched_at)
        staging.create(staging.staging_file(context.home, batch.batch_id), batch, staged.tables)
        _, merged = merge_batch(context, run_id, batch.batch_id)
        if merged.held:
            raise InputError(f"nothing of {wanted.source} was stored: {merged.held}.")
        yield merged, staged.running, [error.without_answer() for error in batch.errors]


def _sum(
    context: Context, wanted: Wanted, run_id: str, done: Sequence[tuple[Merged, int, Sequence[SymbolFailure]]]
) -> Brought:
    days = wanted.hours.days
    asked = {"source": wanted.source, "symbols": list(wanted.symbols), "first": days[0], "last": days[-1]}
    quarantined = context.warehouse.read(
        lambda db: db.select(Quarantined, "minutes_rejected", run_id=run_id, **asked)
    )
    return Brought(
        rows_new=sum(merged.rows_new for merged, *_ in done),
        rows_restated=sum(merged.rows_restated for merged, *_ in done),
        rows_quarantined=sum(merged.rows_quarantined for merged, *_ in done),
        running=sum(running for _, running, _ in done),
        quarantined=tuple(quarantined),
        errors=tuple(error for *_, errors in done for error in errors),
    )


def _require_any(wanted: Wanted, errors: Sequence[SymbolFailure]) -> None:
    """Refuse a fetch that has brought nothing of any symbol."""
    if len(errors) < len(wanted.symbols):
        return
    first = errors[0]
    others = f" ({len(errors) - 1} more symbols failed)" if len(errors) > 1 else ""
    if first.kind in {"delisted", "empty"}:
        raise InputError(f"no minute bars of {first.symbol}: {first.error}{others}.")
    raise VendorError(f"{first.symbol} was not delivered ({first.kind}): {first.error}{others}")


def _by_session(bars: pa.Table) -> dict[tuple[str, date], Instants]:
    """The instants of each symbol and session, in order."""
    grouped = bars.group_by(["symbol", "session"], use_threads=False).aggregate([("instant", "list")])
    keys = zip(grouped["symbol"].to_pylist(), grouped["session"].to_pylist(), strict=True)
    instants = (one.values.to_numpy().astype("datetime64[us]") for one in grouped["instant_list"])
    return dict(zip(keys, instants, strict=True))


def _session(symbol: str, day: date, expected: Instants, found: Instants) -> SessionMinutes:
    gone = np.flatnonzero(~np.isin(expected, found))
    runs_of = np.split(gone, np.flatnonzero(np.diff(gone) > 1) + 1) if gone.size else []
    return SessionMinutes(
        symbol, day, len(found), len(expected),
        _utc(found[0]) if len(found) else None, _utc(found[-1]) if len(found) else None,
        tuple(Stretch(_utc(expected[one[0]]), _utc(expected[one[-1]]), len(one)) for one in runs_of),
    )  # fmt: skip


def _utc(moment: np.datetime64) -> datetime:
    instant: datetime = moment.astype("datetime64[us]").item()
    return instant.replace(tzinfo=UTC)
