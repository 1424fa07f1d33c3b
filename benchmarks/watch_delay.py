"""The crash watch, from the bars of a minute to Slack's request; and a session that is replayed."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import SecretStr

from benchmarks._minutes import MINUTES, day, fell
from benchmarks._sheet import Sheet, Table
from config.calendars import Calendar
from config.settings import Settings, prepare_home
from quant.intraday.bars import CLOSE, Bars
from quant.intraday.saved import Floats
from tasks.context.context import Context
from tasks.sources import MINUTES as SCHEMA
from tasks.sources import SymbolError
from tasks.watch import courier, live, market, replayed
from tasks.watch.telling import Asked
from tasks.watch.wanted import Wanted, wanted
from tests.standins.slack import TOKEN

PAGE = "benchmarks.md"
SESSION = date(2024, 7, 1)
[(OPEN, SHUT)] = Calendar("XNYS").hours(SESSION)
OWN = 500
"""Symbols of one portfolio."""
FIRST, EVERY = 60, 4
"""The first minute in which a symbol falls, and how many minutes later the next one does."""
DEPTH = 0.08
COLUMNS = ("open", "high", "low", "close", "volume")

ABOUT = f"""A session with a fall of {DEPTH:.0%} of another symbol in every {EVERY}th minute, watched by the
live watch with its warehouse, its outbox and its delivery, and the real Slack client against a local server
in another process. *Delay*: from the instant at which the watch has a minute's bars until the server has the
first request about the fall. It includes all detectors, storing the alert, and noting that it is told; not
what a vendor takes for its bars, nor the seconds for which they are waited for. Each portfolio has
{OWN} symbols. *Late ÷ early*: the median of the last third of the falls over that of the first. *Load*:
processes that wanted a processor in the five minutes before the end; others' are among them.

*Replay*: `ballast watch --replay` of such a session from a price file."""


@dataclass(frozen=True)
class Size:
    symbols: int
    minutes: int


FULL = (Size(500, MINUTES), Size(10_000, MINUTES // 2))
QUICK = (Size(12, FIRST + 2 * EVERY),)


def measure(*, quick: bool) -> Sheet:
    """The delays of each size, and the replay of the first."""
    rows = []
    for size in QUICK if quick else FULL:
        found = np.array(_delays(size))
        third = max(len(found) // 3, 1)
        growth = np.median(found[-third:]) / np.median(found[:third])
        seconds = (np.median(found), np.quantile(found, 0.99), found.max())
        told = (f"{one:.3f}" for one in seconds)
        load = f"{os.getloadavg()[1]:.1f}"
        rows.append((f"{size.symbols:,}", str(len(found)), *told, f"{growth:.2f}", load))
    replayed_size = (QUICK if quick else FULL)[0]
    return Sheet(
        "From a bar to Slack",
        [
            ABOUT,
            Table(
                (">symbols", ">falls", ">median, s", ">99%, s", ">longest, s", ">late ÷ early", ">load"), rows
            ),
            f"A replay of {replayed_size.symbols:,} symbols takes {_replay(replayed_size):.1f} seconds.",
        ],
    )


@dataclass
class Clock:
    """The session's clock: it moves when the watch sleeps, but not before what it tells is delivered."""

    time: datetime
    under_way: list[Future[None]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        for one in self.under_way:
            one.result(60)
        self.under_way.clear()
        self.time += timedelta(seconds=seconds)


@dataclass
class Handed:
    """The bars of a generated session, in place of a vendor's; `at`: when each minute was handed."""

    values: Floats
    wanted: Wanted
    errors: dict[str, SymbolError] = field(default_factory=dict)
    at: dict[int, float] = field(default_factory=dict)

    def bars(self, since: datetime, until: datetime) -> Bars:
        """Those of the minutes from `since` to `until`."""
        first, last = (int((one - OPEN) / timedelta(minutes=1)) for one in (since, until))
        numbers = range(first, min(last, len(self.values)))
        found = [np.flatnonzero(~np.isnan(self.values[number][CLOSE])) for number in numbers]
        bars = Bars(
            np.concatenate(found),
            np.concatenate([np.full(len(one), number) for one, number in zip(found, numbers, strict=True)]),
            np.concatenate(
                [self.values[number][:, one] for one, number in zip(found, numbers, strict=True)], 1
            ),
        )
        self.at[last - 1] = time.time()
        return bars


def _delays(size: Size) -> list[float]:
    """Seconds from bars to request, of each fall in order."""
    values = day(size.symbols)[: size.minutes]
    falls = [*range(FIRST, size.minutes - EVERY, EVERY)]
    for number, minute in enumerate(falls):
        fell(values, minute, number * (size.symbols // len(falls)), DEPTH)
    with TemporaryDirectory(prefix="ballast-bench-") as folder, _slack(Path(folder) / "slack.db") as url:
        clock = Clock(OPEN)
        settings = Settings(
            home=Path(folder) / "home",
            source="bundled",
            slack_token=SecretStr(TOKEN),
            slack_url=url,
            vendors={},
        )
        context = Context(settings, clock.now, clock.sleep, "benchmark")
        prepare_home(context.home)
        asked = wanted(context, _portfolios(Path(folder), size.symbols), "XNYS", SESSION)
        handed = Handed(values, asked)
        _watch(context, clock, handed)
        requests = _requests(Path(folder) / "slack.db")
    return [next(at for at in requests if at >= handed.at[minute]) - handed.at[minute] for minute in falls]


def _watch(context: Context, clock: Clock, handed: Handed) -> None:
    opening = context.warehouse.transact(
        lambda db: market.opening(db, handed.wanted, context.settings.source, context.now())
    )
    with ThreadPoolExecutor(1) as beside:

        def bring(context: Context, asked: Asked) -> None:
            own = replace(context, sleep=lambda _: None)
            clock.under_way.append(beside.submit(courier.bring, own, asked))

        watch = live.Live(context, handed.wanted, handed, bring, opening)
        for _ in range(len(handed.values)):
            watch.minute()


def _portfolios(folder: Path, symbols: int) -> list[str]:
    """Files of portfolios with 500 symbols each."""
    files = []
    for number, first in enumerate(range(0, symbols, OWN)):
        own = [_name(place) for place in range(first, min(first + OWN, symbols))]
        rows = "\n".join(f"{symbol},10" for symbol in own)
        (folder / f"p{number}.csv").write_text(f"symbol,quantity\n{rows}\n")
        file = folder / f"p{number}.toml"
        file.write_text(
            f'name = "p{number}"\nholdings = "p{number}.csv"\ncash = 1000.0\n'
            f'[[target]]\nsymbol = "{own[0]}"\nasset_class = "equity"\nweight = 1.0\n'
            '[slack]\nchannel = "#portfolio-core"\n'
        )
        files.append(str(file))
    return files


def _name(place: int) -> str:
    return f"S{place:05d}"


def _replay(size: Size) -> float:
    """Seconds that a replay takes."""
    with TemporaryDirectory(prefix="ballast-bench-") as text:
        folder = Path(text)
        names = _portfolios(folder, size.symbols)
        values = day(size.symbols)[: size.minutes]
        there = ~np.isnan(values[:, CLOSE])
        minute, symbol = np.nonzero(there)
        columns = {name: values[minute, place, symbol] for place, name in enumerate(COLUMNS)}
        instants = np.datetime64(OPEN.replace(tzinfo=None), "us") + minute * np.timedelta64(60, "s")
        table = pa.table(
            {
                "symbol": [_name(int(place)) for place in symbol],
                "instant": pa.array(instants, pa.timestamp("us")).cast(SCHEMA.field("instant").type),
                **columns,
            }
        )
        pq.write_table(table, folder / "minutes.parquet")
        now = datetime.combine(SESSION + timedelta(days=1), SHUT.time(), UTC)
        context = Context(
            Settings(home=folder / "home", vendors={}), lambda: now, lambda _: None, "benchmark"
        )
        began = time.perf_counter()
        replayed.replay(
            context,
            names,
            session=SESSION,
            at=None,
            source=f"files:{folder / 'minutes.parquet'}",
            calendar="XNYS",
        )
        return time.perf_counter() - began


@contextmanager
def _slack(state: Path) -> Iterator[str]:
    """Slack's stand-in in a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.standins.slack", "--state", str(state)],
        cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(30)


def _requests(state: Path) -> list[float]:
    """When each message, new or changed, was asked for."""
    with sqlite3.connect(state) as db:
        rows = db.execute("select at from requests where method like 'chat.%' order by at").fetchall()
    return [at for (at,) in rows]
