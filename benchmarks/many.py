"""A thousand portfolios on one day: how long with several workers, and what of it is not parallel."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks import _market
from benchmarks._many import ALONE, Took, growth, law, table
from benchmarks._sheet import Sheet
from benchmarks._timing import load, processor
from benchmarks.portfolios import Shape, _portfolio
from config import settings
from config.calendars import Calendar
from flows import every
from flows.day import finish
from tasks.context.context import Context
from tasks.ingest.depth import HISTORY
from tasks.run.plan import Asked

PAGE = "scaling.md"
SESSION = datetime(2024, 6, 28, tzinfo=UTC).date()
EVENING = datetime(2024, 6, 28, 22, 30, tzinfo=UTC)
BEFORE = datetime(2024, 6, 27, tzinfo=UTC).date()
PRICES = "{home}/prices.parquet"
FILE = "DuckDB's file"

ABOUT = """{portfolios:,} portfolios of {size} symbols each, out of {symbols:,}, on {engine}. The HOME has
{history} sessions of prices and the month's fits. Its price file has one new session. Messages become
previews. It is measured without Prefect.

- *Ingest*: fetch, check and store the new session of all symbols, once.
- *Days*: all portfolios, each with its own run, from measuring to its report, message and page.
- *Warehouse*: time in units of work, waiting for others and committing included, summed over the portfolios.
- *End*: home page, copy for readers, backup.
- *Processor*: seconds of all processes.
- *Load*: processes that wanted a processor in the five minutes before, others' too."""

Pool = Callable[[], Executor]


def measure(*, quick: bool) -> Sheet:
    """Each way on a copy of the same HOME; all must propose the same trades."""
    shape = Shape(8, 20, 5) if quick else Shape(1000, 1000, 30)
    workers, some = ((2,), 4) if quick else ((2, 4), 100)
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        home = Path(folder) / "home"
        names = _fill(home, shape)
        cases: dict[str, tuple[Took, float]] = {}
        trades: list[int] = []
        for label, pool in _ways(workers).items():
            took, count = _on_a_copy(home, names[:some], pool)
            cases[label] = took, load()
            trades.append(count)
        whole, _ = _on_a_copy(home, names, _ways(())[ALONE])
        few = Shape(min(20, shape.portfolios), shape.size, shape.size)
        other = Path(folder) / "few" / "home"
        other.parent.mkdir()
        alone, _ = _day(other, _fill(other, few), _ways(())[ALONE])
    assert len(set(trades)) == 1, f"the ways propose different numbers of trades: {trades}"
    engine = _engine(settings.load(Path(folder)))
    title = "Many portfolios at once" + ("" if engine == FILE else f", on {engine}")
    about = ABOUT.format(**vars(shape), engine=engine, history=HISTORY)
    return Sheet(
        title,
        [
            about,
            f"The first {some:,} of them, by several ways:",
            table(cases),
            f"All {shape.portfolios:,}, {ALONE}: {whole.whole:,.0f} seconds.",
            *growth(whole.each, alone.each, shape, few),
            *law(whole, shape.portfolios),
        ],
    )


def _on_a_copy(home: Path, names: Sequence[str], pool: Pool) -> tuple[Took, int]:
    copied = home.parent / "copy"
    shutil.copytree(home, copied)
    try:
        return _day(copied, names, pool)
    finally:
        shutil.rmtree(copied)


def _engine(chosen: settings.Settings) -> str:
    """What keeps the warehouse, by the setting of the environment."""
    return "DuckLake" if getattr(chosen, "warehouse", "") else FILE


def _ways(workers: Sequence[int]) -> dict[str, Pool]:
    spawn = get_context("spawn")
    found: dict[str, Pool] = {ALONE: partial(ThreadPoolExecutor, 1)}
    for count in workers:
        found[f"{count} threads"] = partial(ThreadPoolExecutor, count)
    for count in workers:
        found[f"{count} processes"] = partial(ProcessPoolExecutor, count, spawn)
    return found


def _context(home: Path) -> Context:
    chosen = settings.load(home).model_copy(
        update={"source": f"files:{home.parent / 'prices.parquet'}", "slack_token": None}
    )
    return Context(chosen, lambda: EVENING, lambda _: None, "benchmark")


def _fill(home: Path, shape: Shape) -> list[str]:
    """Prices, portfolios, and the day before, with the fits of every symbol; the portfolios' names."""
    home.mkdir()
    symbols = [f"S{number:04d}" for number in range(shape.symbols)]
    sessions = np.array(Calendar("XNYS").window(SESSION, HISTORY + 20), dtype="datetime64[D]")
    pq.write_table(_market.generate(symbols, sessions, seed=1).bars, PRICES.format(home=home.parent))
    names = [
        _portfolio(home, f"p{number:04d}", [symbols[place] for place in shape.own(number)])
        for number in range(shape.portfolios)
    ]
    context = _context(home)
    step = max(1, shape.size * shape.portfolios // shape.symbols)
    asked = [Asked(name, BEFORE) for name in names[::step]] + [Asked(names[-1], BEFORE)]
    with context.warehouse.keeping():
        found = every.prepare(context, [Asked(name, BEFORE) for name in names])
        for one in asked:
            _said(every.day_of(context, one, notifying=False, typed=True, offered=found.offered))
    finish(context)
    return names


def _day(home: Path, names: Sequence[str], pool: Pool) -> tuple[Took, int]:
    context = _context(home)
    used, begin = processor(), time.perf_counter()
    with context.warehouse.keeping():
        found = every.prepare(context, [Asked(name, SESSION) for name in names])
    fetched = time.perf_counter()
    with pool() as workers, context.warehouse.keeping():
        done = list(workers.map(_one, [home] * len(names), names, [found.offered] * len(names)))
    decided = time.perf_counter()
    finish(context)
    ended = time.perf_counter()
    spent = sum(seconds for seconds, _, _ in done)
    each = [used for _, used, _ in done]
    took = Took(fetched - begin, decided - fetched, spent, ended - decided, processor() - used, each)
    return took, sum(trades for _, _, trades in done)


def _one(home: Path, name: str, offered: Sequence[str]) -> tuple[float, float, int]:
    """A portfolio's day: seconds in the warehouse and of this process's processor, and how many trades."""
    context, used = _context(home), time.process_time()
    with _in_warehouse(type(context.warehouse)) as spent:
        outcome = every.day_of(context, Asked(name, SESSION), notifying=True, typed=True, offered=offered)
    return sum(spent), time.process_time() - used, _said(outcome)


def _said(outcome: every.Outcome) -> int:
    assert outcome.report is not None, outcome.error
    assert outcome.report.status != "failed", outcome.report.error
    return len(outcome.report.trades)


_SPENT: Any = None


@contextmanager
def _in_warehouse(engine: Any) -> Iterator[list[float]]:
    """The seconds of each unit of work of this thread while the block works."""
    import threading  # noqa: PLC0415

    global _SPENT  # noqa: PLW0603 - the engine's methods are replaced once in a process
    if _SPENT is None:
        _SPENT = threading.local()
        for name in ("transact", "read"):
            setattr(engine, name, _timed(getattr(engine, name)))
    _SPENT.seconds = []
    yield _SPENT.seconds


def _timed(method: Any) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        begin = time.perf_counter()
        try:
            return method(*given, **named)
        finally:
            seconds = getattr(_SPENT, "seconds", None)
            if seconds is not None:
                seconds.append(time.perf_counter() - begin)

    return call
