"""Step 1: ask the run's source and stage what it tells."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from config.calendars import Calendar
from config.portfolio import stored
from tasks.context.context import Context
from tasks.context.step import step
from tasks.context.words import count, some
from tasks.ingest import staging as stage
from tasks.ingest.sharing import wanted
from tasks.ingest.vendor_request import ask
from tasks.ingest.wanted import Wanted
from tasks.snapshot.between_steps import is_first, run_of
from tasks.sources import Delivery, Request
from warehouse import decisions, staging
from warehouse.database.database import Database
from warehouse.ingest import Batch, latest_known

log = logging.getLogger(__name__)

CONTEXT = 60  # accepted closes before a short delivery, for the same
MEMORY = timedelta(days=400)  # how old these may be


@step
def fetch(context: Context, run_id: str) -> None:
    """Ask the source for the run's symbols and leave the answer in the staging file."""
    run = run_of(context, run_id)
    if run.batch_id is not None:
        return  # a retry of a run whose ingest has committed works on what it knew
    portfolio = stored(run.config)
    asked = wanted(portfolio, run.session, context.now())
    stage_batch(context, run_id, run.source, asked, portfolio.asked)


def stage_batch(
    context: Context,
    batch_id: str,
    source: str,
    asked: Wanted,
    symbols: Sequence[str],
    *,
    filling: bool = False,
) -> None:
    """Fetch one batch of the symbols that are wanted and write its staging file, its own record included.

    `filling` is as for `stage_delivery`.
    """
    request = asked.request(
        symbols, lambda done, of, symbol: context.progress(f"Fetching {symbol}", done, of)
    )
    delivery = stage.up_to(ask(context, source, request), asked.due, asked.session)
    batch = batch_of(context, batch_id, source, request, delivery)
    exchange_of = asked.calendars  # made anew each time that it is asked for
    calendars = {symbol: exchange_of[symbol] for symbol in symbols}
    stage_delivery(
        context, batch, delivery, calendars, filling=filling, repair=asked.repair, due=asked.due,
        exchanges=[asked.exchange(name) for name in {*calendars.values()}],
    )  # fmt: skip
    log.info("fetched: %s", _said(source, symbols, delivery))


def _said(source: str, symbols: Sequence[str], delivery: Delivery) -> str:
    """What came of a request, in one line."""
    failed = some([f"{one.symbol} ({one.kind})" for one in delivery.errors])
    came = f"{count(len(delivery.bars), 'bar')} of {count(len(symbols), 'symbol')} from {source}"
    return came + (f"; failed: {failed}" if failed else "")


def batch_of(context: Context, batch_id: str, source: str, request: Request, delivery: Delivery) -> Batch:
    """The record of what was asked just now, and of what came."""
    return Batch(
        batch_id, source, request.symbols, request.start, request.end, context.now(), delivery.digest,
        len(delivery.bars), tuple(error.record() for error in delivery.errors), delivery.returns,
        delivery.illustration, request.interval,
    )  # fmt: skip


def stage_delivery(
    context: Context,
    batch: Batch,
    delivery: Delivery,
    calendars: Mapping[str, str],
    known_at: datetime | None = None,
    *,
    filling: bool = False,
    repair: bool = False,
    due: Mapping[str, date] | None = None,
    exchanges: Iterable[Calendar] = (),
) -> None:
    """Write the staging file of a delivery; its closes are compared with those known (at `known_at`).

    `calendars` has the calendar of each symbol that was asked for. `filling`: they are those that another
    source lacks, so that a source which knows a few of them has done its part: only what it delivers is
    judged. `due` is the session that a symbol's newest bar should be of, by default its exchange's last;
    `exchanges` are the calendars that people have corrected.
    """
    known, accepted = stage.KNOWN.empty_table(), set[tuple[str, int]]()
    if not is_first(context, batch.batch_id):
        known, accepted = context.warehouse.read(
            lambda db: (
                _known_closes(db, batch.source, delivery, known_at),
                decisions.delivered(db, batch.source, delivery.bars, delivery.actions),
            )
        )
    first = pc.min(delivery.bars["session"]).as_py() or batch.end
    start = min(first, batch.start or first)
    delivered = delivery.bars["symbol"].unique().to_pylist() if filling else None
    asked = {symbol: calendars[symbol] for symbol in delivered or batch.symbols}
    corrected = {one.name: one for one in exchanges}
    known_days = {name: corrected.get(name, Calendar(name)) for name in set(asked.values())}
    days = {name: _sessions(exchange, start, batch.end) for name, exchange in known_days.items()}
    limits = stage.Limits({name: exchange.begins(start) for name, exchange in known_days.items()}, due or {})
    tables = stage.tables(delivery, asked, days, known, accepted, limits=limits, repair=repair)
    staging.create(staging.staging_file(context.home, batch.batch_id), batch, tables)


def _sessions(calendar: Calendar, start: date, end: date) -> list[date]:
    """From `start` to `end`; the last one before where the exchange is closed on all of these days."""
    return calendar.sessions(start, end) or [calendar.last_session(end)]


def _known_closes(db: Database, source: str, delivery: Delivery, known_at: datetime | None) -> pa.Table:
    known_at = known_at or latest_known(db)
    oldest = pc.min(delivery.bars["session"]).as_py()
    if known_at is None or oldest is None:
        return stage.KNOWN.empty_table()
    span = delivery.bars.group_by("symbol").aggregate([("session", "min"), ("session", "max")])
    asked = span.rename_columns({"session_min": "first_session", "session_max": "last_session"})
    with db.incoming(asked=asked):
        scope = {"source": source, "known_at": known_at, "count": CONTEXT}
        return db.arrow("recent_closes", since=oldest - MEMORY, **scope).cast(stage.KNOWN)
