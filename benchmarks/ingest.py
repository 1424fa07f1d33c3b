"""Bars into the warehouse, against a bare insert of the same Arrow table into a DuckDB file."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event

import duckdb

import expectations.run  # noqa: F401 - what is done once in a process is done
from benchmarks import _store
from benchmarks._market import Market, generate, weekdays
from benchmarks._sheet import Sheet
from benchmarks._timing import load, processor_ratios, spread, table, take_turns
from config import settings
from flows import clock
from tasks.context.context import Context
from tasks.data.backfill import ROWS, ahead
from tasks.day.check_data import merge_batch
from tasks.ingest import staging as stage
from tasks.sources import ADJUSTED, Delivery
from warehouse import staging

PAGE = "benchmarks.md"
SESSIONS = 2500
ROUNDS = 3
BARE = "bare insert"
WHOLE = "the whole path: checks, staging files, merge"

ABOUT = f"""Bars from one Arrow table in memory ({SESSIONS:,} sessions for each symbol) into a closed file
on disk.

- *Bare insert*: one statement into a table with the warehouse's columns.
- *Staging files + merge*: batches of about {ROWS:,} rows. Each is staged in its own file and merged in one
  transaction, as in a backfill.
- *The whole path*: the same, and it computes what the move bound compares with and runs every Great
  Expectations suite."""

COLUMNS = """
    source varchar not null, symbol varchar not null, session date not null,
    open double, high double, low double, close double not null, volume double,
    batch_id varchar not null, known_from timestamp not null, known_to timestamp"""


def measure(*, quick: bool) -> Sheet:
    """5 million bars (quick: 50,000) by three ways that all end in a closed, durable file."""
    names = tuple(f"S{number:04d}" for number in range(20 if quick else 2000))
    market = generate(names, weekdays(SESSIONS), seed=1)
    cases = {
        BARE: lambda folder: _bare(folder, market),
        "staging files + merge": lambda folder: _merge(folder, market),
        WHOLE: lambda folder: _check_and_merge(folder, market),
    }
    timings = take_turns(cases, 1 if quick else ROUNDS)
    used = spread(processor_ratios(timings, WHOLE, BARE))
    said = f"""A bare insert works in one thread, the others in several. Of the processor the whole path takes
{used} times as much as a bare insert. Load: {load():.1f} processes that wanted a processor, others' too."""
    return Sheet(f"Ingest of {len(market.bars):,} bars", [ABOUT, table(timings, BARE), said])


def _bare(folder: Path, market: Market) -> None:
    with duckdb.connect(str(folder / "bare.duckdb")) as connection:
        connection.execute(f"create table bars ({COLUMNS})")
        connection.register("incoming", market.bars)
        connection.execute("insert into bars select 'bare', *, 'batch', now()::timestamp, null from incoming")


def _merge(folder: Path, market: Market) -> None:
    stored = [_store.load(folder, part, str(number)) for number, part in enumerate(_parts(market))]
    assert sum(merged.rows_new for merged in stored) == len(market.bars)


def _check_and_merge(folder: Path, market: Market) -> None:
    context = Context(settings.load(folder), clock.now, clock.sleep)
    calls = (partial(_stage, folder, str(number), part) for number, part in enumerate(_parts(market)))
    stored = [merge_batch(context, "no run", batch_id)[1] for batch_id in ahead(calls, Event())]
    assert sum(merged.rows_new for merged in stored) == len(market.bars)


def _stage(folder: Path, batch_id: str, part: Market) -> str:
    days = _store.dates(part.sessions)
    delivery = Delivery(part.bars, part.actions, ADJUSTED.empty_table(), (), "")
    record = _store.batch(batch_id, part.symbols, part.bars, part.sessions)
    exchange = dict.fromkeys(part.symbols, "XNYS")
    tables = stage.tables(delivery, exchange, {"XNYS": days}, stage.KNOWN.empty_table())
    staging.create(staging.staging_file(folder, batch_id), record, tables)
    return batch_id


def _parts(market: Market) -> Iterator[Market]:
    """The market in batches as large as a backfill's."""
    size = ROWS // len(market.sessions)
    for first in range(0, len(market.symbols), size):
        symbols = market.symbols[first : first + size]
        rows = market.bars.slice(first * len(market.sessions), len(symbols) * len(market.sessions))
        yield Market(symbols, market.sessions, rows, market.actions.slice(0, 0))
