"""The daily run on few and on many targets: what each row of its report costs."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow.parquet as pq

from benchmarks import _market, daily
from benchmarks._sheet import Sheet, Table
from benchmarks._timing import Case, Timings, ratios, spread, table, take_turns
from config.calendars import Calendar
from flows.day import run_day
from tasks.run.plan import Asked, plan

PAGE = "benchmarks.md"
SESSIONS = 120
ROUNDS = 3
ABOUT = f"""One day in an empty folder, from a file of {SESSIONS} sessions, in a warm process: fetch, check,
store, measure, propose, check the risk, write the report and the preview of the message. *Bare* is the same
as for the daily run on {daily.SYMBOLS} symbols. The holdings differ from the targets, so there are trades.
Seconds are processor time of all threads: waiting for the disk or for another process is not counted."""
GROWTH = """Each further target adds one row to each table of the report. So compare the time of one further
target: it should be the same among thousands of targets as among hundreds. The time of a whole day says
less, because much of it is the same for any number of targets. One part grows with the square of the
number: the covariance of all pairs of positions, 25 million pairs for 5,000 positions. It takes most of the
memory."""


@dataclass(frozen=True)
class Desk:
    """A portfolio file of so many targets, and a file with their prices."""

    portfolio: Path
    prices: Path


def measure(*, quick: bool) -> Sheet:
    """The same day for each count of targets, each ten times the one before."""
    counts = (5, 50) if quick else (50, 500, 5_000)
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        desks = {count: _desk(Path(folder) / str(count), count) for count in counts}
        bare = _bare(desks[counts[1]], counts[1])  # its first run also does what is done once in a process
        cases: dict[str, Case] = {f"bare, {_name(counts[1])}": bare}
        cases |= {_name(count): partial(_day, desk) for count, desk in desks.items()}
        timings = take_turns(cases, 1 if quick else ROUNDS, time.process_time)
    parts: list[str | Table] = [ABOUT, table(timings, next(iter(cases))), GROWTH, _growth(timings, counts)]
    return Sheet("The daily run on many targets", parts)


def _growth(timings: Timings, counts: Sequence[int]) -> Table:
    """How many times as long the larger of two takes, and what each of its further targets does."""
    columns = ("targets", ">times as long (all rounds)", ">ms for a further target")
    seconds = {count: median(run.seconds for run in timings[_name(count)]) for count in counts}
    rows = []
    for few, many in pairwise(counts):
        times = spread(ratios(timings, _name(many), _name(few)))
        further = 1000 * (seconds[many] - seconds[few]) / (many - few)
        rows.append((f"{few:,} to {many:,}", times, f"{further:.1f}"))
    return Table(columns, rows)


def _name(count: int) -> str:
    return f"{count:,} targets"


def _symbols(count: int) -> list[str]:
    return [f"S{number:05d}" for number in range(count)]


def _desk(folder: Path, count: int) -> Desk:
    folder.mkdir()
    days = np.array(Calendar("XNYS").window(daily.SESSION, SESSIONS), "datetime64[D]")
    bars = _market.generate(_symbols(count), days, seed=1).bars
    pq.write_table(bars.append_column("adj_close", bars["close"]), folder / "prices.parquet")
    return Desk(daily.equal_portfolio(folder, _symbols(count)), folder / "prices.parquet")


def _bare(desk: Desk, count: int) -> Case:
    known = daily.desk_of(desk.portfolio.parent, desk.prices, _symbols(count))
    return lambda folder: daily.bare(folder, known)


def _day(desk: Desk, folder: Path) -> None:
    context = daily.context_of(folder)
    report = run_day(
        context, plan(context, Asked(str(desk.portfolio), daily.SESSION, f"files:{desk.prices}"))
    )
    daily.require(report.status)
    assert report.trades, "a report without trades costs nothing"
