"""A day of many portfolios that share symbols: fetched once for all, against a run of each by itself."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from pydantic import SecretStr
from yfinance.data import SingletonMeta

from benchmarks import _market
from benchmarks._sheet import Sheet, Table
from config.calendars import Calendar
from config.settings import Settings
from flows import every
from flows.day import finish, run_day
from tasks.context.context import Context
from tasks.ingest.depth import HISTORY
from tasks.run.plan import Asked, plan
from tests.standins.yahoo import CHART, Yahoo
from warehouse.duckdb_file.backend import DuckDBFile

PAGE = "benchmarks.md"
SESSION = datetime(2024, 6, 28, tzinfo=UTC).date()
EVENING = datetime(2024, 6, 28, 22, 30, tzinfo=UTC)
SEPARATE, ONCE = "each portfolio by itself", "fetched once for all"
ABOUT = f"""{{portfolios}} portfolios of {{size}} symbols each, out of {{symbols}}, with {HISTORY} sessions
of history, from an empty HOME to {{portfolios}} reports. The real yfinance client fetches from a local
server in Yahoo's place, without a request budget and without messages.

- *By itself*: `ballast daily` for each name, one after the other, in a warm process.
- *Once*: `ballast daily --portfolio all`.

Requests are those for a history. A visit is one time that the warehouse is locked, opened and closed."""


@dataclass(frozen=True)
class Shape:
    """So many portfolios, each of `size` of the symbols."""

    portfolios: int
    symbols: int
    size: int

    def own(self, number: int) -> list[int]:
        """The places of the symbols of one portfolio: each symbol is in some, and neighbours share most."""
        first = number * self.symbols // self.portfolios
        return [(first + place) % self.symbols for place in range(self.size)]


@dataclass(frozen=True)
class Day:
    """What one way took: seconds, requests for a history, visits to the warehouse, and the trades by name."""

    seconds: float
    requests: int
    visits: int
    trades: dict[str, list[tuple[str, str, float]]]


def measure(*, quick: bool) -> Sheet:
    """Both ways in turn, on the same prices; they must propose the same trades."""
    shape = Shape(2, 6, 4) if quick else Shape(100, 500, 20)
    names = [f"S{number:03d}" for number in range(shape.symbols)]
    with Yahoo() as yahoo:
        _serve(yahoo, names)
        days = {name: _day(yahoo, names, shape, way) for name, way in WAYS.items()}
    separate, once = days[SEPARATE], days[ONCE]
    assert separate.trades == once.trades, "the two ways propose different trades"
    rows = [
        (name, f"{day.requests:,}", f"{day.visits:,}", f"{day.seconds:.1f}") for name, day in days.items()
    ]
    rows.append((
        "once ÷ by itself", f"{once.requests / separate.requests:.2f}",
        f"{once.visits / separate.visits:.2f}", f"{once.seconds / separate.seconds:.2f}",
    ))  # fmt: skip
    return Sheet(
        "A day of many portfolios",
        [
            ABOUT.format(**vars(shape)),
            Table(("way", ">requests", ">visits", ">seconds"), rows),
        ],
    )


def _separately(context: Context, asked: Sequence[Asked]) -> dict[str, every.Outcome]:
    return {
        one.portfolio: every.Outcome(one.portfolio, run_day(context, plan(context, one), notifying=False))
        for one in asked
    }


def _once(context: Context, asked: Sequence[Asked]) -> dict[str, every.Outcome]:
    found = every.prepare(context, asked)
    with context.warehouse.keeping():
        outcomes = {
            one.portfolio: every.day_of(context, one, notifying=False, typed=True, offered=found.offered)
            for one in asked
        }
    finish(context)
    return outcomes


Way = Callable[[Context, Sequence[Asked]], dict[str, every.Outcome]]
WAYS: dict[str, Way] = {SEPARATE: _separately, ONCE: _once}


def _day(yahoo: Yahoo, names: Sequence[str], shape: Shape, way: Way) -> Day:
    SingletonMeta._instances.clear()  # noqa: SLF001 -- the client keeps one cookie and crumb per process
    yahoo.asked.clear()
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder, _visits() as visits:
        settings = Settings(
            home=Path(folder),
            source="yfinance",
            vendors={"yahoo_url": SecretStr(yahoo.address), "yahoo_budget": SecretStr("none")},
            slack_token=None,
        )
        context = Context(settings, lambda: EVENING, lambda _: None, "benchmark")
        asked = [
            Asked(
                _portfolio(Path(folder), f"p{number:03d}", [names[place] for place in shape.own(number)]),
                SESSION,
            )
            for number in range(shape.portfolios)
        ]
        begin = time.perf_counter()
        outcomes = way(context, asked)
        seconds = time.perf_counter() - begin
    reports = {name: one.report for name, one in outcomes.items() if one.report is not None}
    assert len(reports) == shape.portfolios, next(one.error for one in outcomes.values() if one.error)
    trades = {
        name: [(row.symbol, str(row.side), row.quantity) for row in report.trades]
        for name, report in reports.items()
    }
    requests = sum(path.startswith(CHART) and "period1=" in path for path in yahoo.asked)
    return Day(seconds, requests, len(visits), trades)


def _portfolio(home: Path, name: str, own: Sequence[str]) -> str:
    """Write a portfolio of equal targets into HOME; its name."""
    folder = home / "portfolios"
    folder.mkdir(exist_ok=True)
    head = f'name = "{name}"\nbenchmark = "{own[0]}"\nholdings = "{name}.csv"\ncash = 50000.0\n'
    targets = "".join(
        f'[[target]]\nsymbol = "{symbol}"\nasset_class = "class{place % 4}"\nweight = {1 / len(own)}\n'
        for place, symbol in enumerate(own)
    )
    (folder / f"{name}.toml").write_text(head + targets)
    rows = [f"{symbol},{100 + 40 * place}" for place, symbol in enumerate(own)]
    (folder / f"{name}.csv").write_text("\n".join(["symbol,quantity", *rows]) + "\n")
    return name


def _serve(yahoo: Yahoo, names: Sequence[str]) -> None:
    sessions = np.array(Calendar("XNYS").window(SESSION, HISTORY + 20), dtype="datetime64[D]")
    bars = _market.generate([*names, "SPY"], sessions, seed=1).bars
    symbols = bars["symbol"].cast("string")
    for name in (*names, "SPY"):
        yahoo.serve(name, bars.filter(pc.equal(symbols, name)).drop(["symbol"]))


@contextmanager
def _visits() -> Iterator[list[str]]:
    """One entry for each visit to the warehouse while the block works."""
    seen: list[str] = []
    settle = DuckDBFile.locked

    def counted(self: DuckDBFile) -> object:
        seen.append(self.command)
        return settle(self)

    DuckDBFile.locked = counted  # type: ignore[method-assign, assignment] # put back below
    try:
        yield seen
    finally:
        DuckDBFile.locked = settle  # type: ignore[method-assign]
