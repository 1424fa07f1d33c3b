"""A thousand portfolios on one day: how long with several workers, and what of it is not parallel."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks import _market
from benchmarks._sheet import Sheet, Table
from benchmarks._timing import processor
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
ALONE = "one after the other"
MACHINES, CORES, LATER = 8, 2, 10_000

ABOUT = """{portfolios:,} portfolios of {size} symbols each, out of {symbols:,}, on {engine}. The HOME has {history}
sessions of prices and the month's fits. Its price file has one new session. Messages become previews. Without Prefect,
whose own time for each portfolio is said below.

- *Ingest*: fetch, check and store the new session of all symbols, once.
- *Days*: all portfolios, each with its own run, from measuring to its report, message and page.
- *In the warehouse*: time in units of work, waiting for others and committing included, summed over the portfolios.
- *The end*: home page, copy for readers, backup.
- *Processor*: seconds of all processes. Load: processes that wanted a processor in the five minutes before, others' too."""


@dataclass(frozen=True)
class Took:
    """Seconds of one case."""

    ingest: float
    days: float
    warehouse: float
    end: float
    processor: float

    @property
    def whole(self) -> float:
        """From the first request to the copy for readers."""
        return self.ingest + self.days + self.end


def measure(*, quick: bool) -> Sheet:
    """Each way on a copy of the same HOME; all must propose the same trades."""
    shape = Shape(8, 20, 5) if quick else Shape(1000, 1000, 30)
    workers = (2,) if quick else (2, 4)
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        home = Path(folder) / "home"
        names = _fill(home, shape)
        cases: dict[str, tuple[Took, float]] = {}
        trades: list[int] = []
        for label, pool in _ways(workers).items():
            copied = Path(folder) / "copy"
            shutil.copytree(home, copied)
            took, count = _day(copied, names, pool)
            shutil.rmtree(copied)
            cases[label] = took, _load()
            trades.append(count)
    assert len(set(trades)) == 1, f"the ways propose different numbers of trades: {trades}"
    engine = _engine(settings.load(Path(folder)))
    about = ABOUT.format(
        portfolios=shape.portfolios, symbols=shape.symbols, size=shape.size, engine=engine, history=HISTORY
    )
    title = (
        "Many portfolios at once" if engine.startswith("DuckDB") else "Many portfolios at once, on DuckLake"
    )
    return Sheet(title, [about, _table(cases), *_law(cases[ALONE][0], shape.portfolios)])


def _engine(chosen: settings.Settings) -> str:
    """What keeps the warehouse, by the setting of the environment."""
    return "DuckLake" if getattr(chosen, "warehouse", "") else "DuckDB's file"


def _ways(workers: Sequence[int]) -> dict[str, Callable[[Path], Executor]]:
    spawn = get_context("spawn")
    found: dict[str, Callable[[Path], Executor]] = {ALONE: lambda _: ThreadPoolExecutor(1)}
    for count in workers:
        found[f"{count} threads"] = lambda _, count=count: ThreadPoolExecutor(count)  # type: ignore[misc]
    for count in workers:
        found[f"{count} processes"] = lambda _, count=count: ProcessPoolExecutor(count, spawn)  # type: ignore[misc]
    return found


def _context(home: Path) -> Context:
    chosen = settings.load(home).model_copy(
        update={"source": f"files:{home.parent / 'prices.parquet'}", "slack_token": None}
    )
    return Context(chosen, lambda: EVENING, lambda _: None, "benchmark")


def _fill(home: Path, shape: Shape) -> list[str]:
    """Prices, portfolios, and the day before: its prices, and the fits of every symbol; the portfolios' names."""
    home.mkdir()
    symbols = [f"S{number:04d}" for number in range(shape.symbols)]
    sessions = np.array(Calendar("XNYS").window(SESSION, HISTORY + 20), dtype="datetime64[D]")
    pq.write_table(_market.generate(symbols, sessions, seed=1).bars, home.parent / "prices.parquet")
    names = [
        _portfolio(home, f"p{number:04d}", [symbols[place] for place in shape.own(number)])
        for number in range(shape.portfolios)
    ]
    context = _context(home)
    step = max(1, shape.size * shape.portfolios // shape.symbols)
    asked = [Asked(name, BEFORE) for name in names[::step]] + [Asked(names[-1], BEFORE)]
    found = every.prepare(context, [Asked(name, BEFORE) for name in names])
    with context.warehouse.keeping():
        for one in asked:
            _said(every.day_of(context, one, notifying=False, typed=True, offered=found.offered))
    finish(context)
    return names


def _day(home: Path, names: Sequence[str], pool: Callable[[Path], Executor]) -> tuple[Took, int]:
    context = _context(home)
    used, begin = processor(), time.perf_counter()
    found = every.prepare(context, [Asked(name, SESSION) for name in names])
    fetched = time.perf_counter()
    with pool(home) as workers, context.warehouse.keeping():
        done = list(workers.map(_one, [home] * len(names), names, [found.offered] * len(names)))
    decided = time.perf_counter()
    finish(context)
    ended = time.perf_counter()
    spent = sum(seconds for seconds, _ in done)
    took = Took(fetched - begin, decided - fetched, spent, ended - decided, processor() - used)
    return took, sum(trades for _, trades in done)


def _one(home: Path, name: str, offered: Sequence[str]) -> tuple[float, int]:
    """A portfolio's day, in whatever it is called; seconds in the warehouse, and the number of trades."""
    context = _context(home)
    with _in_warehouse(type(context.warehouse)) as spent:
        outcome = every.day_of(context, Asked(name, SESSION), notifying=True, typed=True, offered=offered)
    return sum(spent), _said(outcome)


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


def _load() -> float:
    try:
        return float(Path("/proc/loadavg").read_text().split()[1])
    except OSError:
        return float("nan")


def _table(cases: dict[str, tuple[Took, float]]) -> Table:
    base = cases[ALONE][0].whole
    columns = (
        "way",
        *(f">{one.name}, s" for one in fields(Took)),
        ">whole, s",
        f">times as fast as {ALONE}",
        ">load",
    )
    rows = [
        (
            label,
            *(f"{getattr(took, one.name):.1f}" for one in fields(Took)),
            f"{took.whole:.0f}",
            f"{base / took.whole:.2f}",
            f"{load:.1f}",
        )
        for label, (took, load) in cases.items()
    ]
    return Table(columns, rows)


def _law(alone: Took, portfolios: int) -> list[str | Table]:
    """What is not parallel, and what follows from it."""
    once = alone.ingest + alone.end
    compute = alone.days - alone.warehouse
    shares = Table(
        ("part, one after the other", ">seconds", ">share", "parallel"),
        [
            (name, f"{seconds:.1f}", f"{seconds / alone.whole:.0%}", said)
            for name, seconds, said in (
                ("ingest", alone.ingest, "no: once"),
                (
                    "units of work, with their commits",
                    alone.warehouse,
                    "no: the file has one writer at a time",
                ),
                ("computing, pages, messages", compute, "yes"),
                ("home page, copy for readers, backup", alone.end, "no: once"),
            )
        ],
    )

    def seconds(of: int, workers: int, serial: float) -> float:
        more = of / portfolios
        return once + more * (serial + (alone.days - serial) / workers)

    rows = []
    for of, workers, said in (
        (portfolios, 2, "this machine"), (portfolios, 4, "two such machines"), (portfolios, MACHINES * CORES, f"{MACHINES} such machines"),
        (LATER, 1, "one worker"), (LATER, CORES, "this machine"), (LATER, MACHINES * CORES, f"{MACHINES} such machines"),
    ):  # fmt: skip
        took = seconds(of, workers, alone.warehouse)
        rows.append(
            (f"{of:,}", str(workers), said, f"{took:,.0f}", f"{seconds(of, 1, alone.warehouse) / took:.2f}")
        )
    most = (once + alone.days) / (once + alone.warehouse)
    law = (
        "**Extrapolated, not measured** (Amdahl's law, by the figures above: what is not parallel stays as long as it is, the "
        f"rest is divided by the workers). With any number of workers the day gets at most {most:.2f} times as fast."
    )
    table = Table(
        (">portfolios", ">workers", "on", ">seconds, extrapolated", ">times as fast as one worker"), rows
    )
    return [shares, law, table]
