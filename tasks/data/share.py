"""One delivery for several portfolios: a run of its own, which the runs of the portfolios refer to."""

import hashlib
import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from config.portfolio import Portfolio
from quant.errors import BallastError, VendorError
from tasks.context.context import Context
from tasks.context.step import step
from tasks.data.backfill import ROWS
from tasks.day.check_data import merge_batch
from tasks.day.fetch import stage_batch
from tasks.ingest.sharing import serves, together
from tasks.ingest.source_selection import lacking
from tasks.ingest.wanted import INGEST, Shared
from tasks.run.lifecycle import Begun, RunRequest, close_dead, end, enter, run_id_of
from warehouse import ingest as batches
from warehouse import runs
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.batches import StoredBatch
from warehouse.tables.table import of_batches

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    """A delivery that came to its end: `config` is its `Shared` as JSON text."""

    run_id: str
    source: str
    session: date
    config: str
    started_at: datetime


def share(context: Context, requests: Sequence[RunRequest], token: str | None = None) -> tuple[str, ...]:
    """Fetch, check and store what the requests need, each symbol once; the ids of the runs that did.

    The same `token` means the same day: what it has stored is not asked for again. A delivery that fails is
    left out: whoever it was for fetches for itself, and tells its own people what is wrong.
    """
    if not requests:
        return ()
    token = token or uuid.uuid4().hex
    done, left = _begun(context, requests, token)
    for source in dict.fromkeys(request.source for request in left):
        own = [request for request in left if request.source == source]
        for shared in together([(one.portfolio, one.session) for one in own], context.now()):
            members = [one.portfolio for one in own if one.portfolio.name in shared.portfolios]
            run_id = _open(context, shared, source, token)
            if _deliver(context, run_id, members):
                done.append(run_id)
    return tuple(done)


def _begun(
    context: Context, requests: Sequence[RunRequest], token: str
) -> tuple[list[str], list[RunRequest]]:
    """The deliveries that the day of a token has made already, and the requests that still need one."""
    ended, served = context.warehouse.read(
        lambda db: (db.select(Ended, "ingests_ended", mark=_mark(token)), _served(db, requests, token))
    )
    for row in ended:
        shared = Shared.model_validate_json(row.config)
        for one in requests:
            same = (row.source, row.session) == (one.source, one.session)
            if same and serves(shared, one.portfolio, one.session, row.started_at):
                served.add(one.portfolio.name)
    return [row.run_id for row in ended], [one for one in requests if one.portfolio.name not in served]


def _served(db: Database, requests: Sequence[RunRequest], token: str) -> set[str]:
    """The portfolios whose run of the day has been served its prices already."""
    return {
        request.portfolio.name
        for request in requests
        if (run := runs.known(db, run_id_of(request, token))) and run.batch_id is not None
    }


def _mark(token: str) -> str:
    return f"-{INGEST}-{token[-8:]}-"


def _open(context: Context, shared: Shared, source: str, token: str) -> str:
    """Enter the delivery in the ledger as a run; one of the same token goes on where it had stopped."""
    config = shared.model_dump_json()
    suffix = hashlib.sha256(f"{source} {config}".encode()).hexdigest()[:8]
    run_id = f"{shared.wanted.session:%Y%m%d}{_mark(token)}{suffix}"
    begun = Begun(run_id, INGEST, shared.wanted.session, source, config=config)
    context.warehouse.transact(lambda db: _enter(db, context, begun))
    return run_id


def _enter(db: Database, context: Context, begun: Begun) -> None:
    close_dead(db, context, begun.run_id)
    if runs.known(db, begun.run_id) is None:
        enter(db, context, begun)
    else:
        runs.reopen(db, begun.run_id, context.now(), None)


def _deliver(context: Context, run_id: str, members: Sequence[Portfolio]) -> bool:
    """Whether the delivery has come to its end."""
    try:
        ingest(context, run_id, members)
    except Exception as error:
        trace = None if isinstance(error, BallastError) else error
        log.warning("%s failed (%s): its portfolios fetch for themselves", run_id, error, exc_info=trace)
        end(context, run_id, error)
        return False
    end(context, run_id)
    return True


@step
def ingest(context: Context, run_id: str, portfolios: Sequence[Portfolio]) -> None:
    """Fetch, check and store a delivery, then from each fallback what the portfolios that name it lack.

    A batch that is stored is not asked for again.
    """
    run = context.warehouse.read(lambda db: runs.load(db, run_id))
    shared, number = Shared.model_validate_json(run.config), 0
    for symbols in _chunks(shared):
        _store(context, run, number, run.source, shared, symbols)
        number += 1
    for level, source in _fallbacks(portfolios):
        takers = [one for one in portfolios if one.data.fallback[level : level + 1] == (source,)]
        if not _is_stored(context, run_id, number):
            missing = _missing(context, run_id, takers, level, source)
            _store(context, run, number, source, shared, missing, filling=True)
        number += 1


def _chunks(shared: Shared) -> Iterator[Sequence[str]]:
    """The symbols, in parts whose bars one transaction stores within two seconds."""
    symbols, wanted = [*shared.wanted.symbols], shared.wanted
    names = {*wanted.calendars.values()}
    sessions = max(len(wanted.exchange(name).sessions(wanted.start, wanted.session)) for name in names)
    size = max(ROWS // max(sessions, 1), 1)
    for first in range(0, len(symbols), size):
        yield symbols[first : first + size]


def _fallbacks(portfolios: Sequence[Portfolio]) -> list[tuple[int, str]]:
    """The sources that come after the first, each with its place (from 0) among those of a portfolio."""
    return sorted({place for one in portfolios for place in enumerate(one.data.fallback)})


def _missing(
    context: Context, run_id: str, takers: Sequence[Portfolio], level: int, source: str
) -> Sequence[str]:
    """What portfolios lack by now, or compare, and this source was not asked for yet; each symbol once."""
    wanted: dict[str, None] = {}
    for portfolio in takers:
        lacks = partial(_lacking, run_id=run_id, portfolio=portfolio, first=level == 0)
        wanted |= dict.fromkeys(context.warehouse.read(lacks))
    stored = context.warehouse.read(lambda db: of_batches(db, run_id, StoredBatch))
    asked = {symbol for batch in stored if batch.source == source for symbol in batch.symbols}
    return [symbol for symbol in wanted if symbol not in asked]


def _lacking(db: Database, *, run_id: str, portfolio: Portfolio, first: bool) -> Sequence[str]:
    """What a portfolio asks of a fallback; of its `first` one everything, where it compares."""
    if portfolio.data.cross_check and first:
        return portfolio.asked
    return lacking(db, runs.load(db, run_id), portfolio)


def _store(
    context: Context,
    run: Run,
    number: int,
    source: str,
    shared: Shared,
    symbols: Sequence[str],
    *,
    filling: bool = False,
) -> None:
    if not symbols:
        return
    if not _is_stored(context, run.run_id, number):
        batch_id = _batch(run.run_id, number)
        stage_batch(context, batch_id, source, shared.wanted, symbols, filling=filling)
        merge_batch(context, run.run_id, batch_id)
    held = _held(context, run.run_id, number)
    if held and not filling:
        # What is wrong may be of one portfolio's symbols, and must hold no other one's.
        raise VendorError(f"the delivery was held: {held}")


def _is_stored(context: Context, run_id: str, number: int) -> bool:
    return _stored(context, run_id, number) is not None


def _held(context: Context, run_id: str, number: int) -> str | None:
    """Why a stored batch was refused as a whole."""
    batch = _stored(context, run_id, number)
    return batch.held if batch is not None else None


def _stored(context: Context, run_id: str, number: int) -> StoredBatch | None:
    return context.warehouse.read(lambda db: batches.stored(db, _batch(run_id, number)))


def _batch(run_id: str, number: int) -> str:
    return f"{run_id}-{number}" if number else run_id
