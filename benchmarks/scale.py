"""A universe of 10,000 symbols and ten years: a day's increment, reading as known, signals, a backup."""

import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks import growth
from benchmarks._sheet import Sheet, Table
from benchmarks._timing import MEGABYTE, Case, Timings, load, ratios, spread, take_turns
from config.calendars import Calendar
from quant import signals, volatility
from quant.market.panel import Panel
from quant.plugins import discover
from tasks.ingest import depth
from tasks.snapshot.panels import load_panel
from warehouse.database.files import flush
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.publish import checkpoint

PAGE = "scaling.md"
LONG, SHORT = 2_500, 800
"""Sessions of ten years, and of three: both are longer than what a day looks back on."""

ABOUT = """{symbols:,} symbols with ten years of daily bars ({bars:,}), and the same with three, on
DuckDB's file. The cases take turns. *Ten years ÷ three*: how much a longer history costs.

- *Increment*: one new session of every symbol, fetched from a file, checked with every suite, stored.
- *As known*: the {lookback} sessions that a day looks back on, of every symbol, adjusted, as known now.
- *Signals*: from these, every volatility estimator that is not fitted and every signal.
- *Backup*: a copy, written to the disk, read back, all rows counted and every invariant judged.
- *Copy*: the file copied and written to the disk."""


def measure(*, quick: bool) -> Sheet:
    """The work of a day on a long history and on a short one."""
    symbols, rounds, long = (50, 1, 1000) if quick else (10_000, 3, LONG)
    names = tuple(f"S{number:05d}" for number in range(symbols))
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        stores = {length: growth.Store(Path(folder) / str(length), names) for length in (SHORT, long)}
        found: dict[str, Timings] = {}
        for length, store in stores.items():
            store.fill(length, rounds + 1)
            store.increment(Path(folder))  # what is done once in a process is done
        for name in ("increment", "as known", "signals", "backup", "copy"):
            cases = {str(length): _cases(store)[name] for length, store in stores.items()}
            found[name] = take_turns(cases, rounds)
    bars = f"{symbols * long:,} bars, s"
    rows = [_row(name, timings, str(long), str(SHORT)) for name, timings in found.items()]
    peak = max(one.top or 0 for timings in found.values() for runs in timings.values() for one in runs)
    about = ABOUT.format(symbols=symbols, bars=symbols * long, lookback=depth.lookback())
    columns = ("work", f">{bars}", ">ten years ÷ three (all rounds)", ">peak memory added, MB")
    said = f"""The process held at most {peak / MEGABYTE:,.0f} MB, the benchmark's own included. Load:
{load():.1f} processes that wanted a processor in the five minutes before the end, others' too."""
    return Sheet(f"Speed at scale: {symbols:,} symbols", [about, Table(columns, rows), said])


def _row(name: str, timings: Timings, long: str, short: str) -> tuple[str, str, str, str]:
    seconds = sorted(one.seconds for one in timings[long])
    peaks = [one.peak for one in timings[long] if one.peak is not None]
    memory = f"{max(peaks) / MEGABYTE:,.0f}" if peaks else "–"
    return name, f"{seconds[len(seconds) // 2]:.2f}", spread(ratios(timings, long, short)), memory


def _cases(store: growth.Store) -> Mapping[str, Case]:
    return {
        "increment": store.increment,
        "as known": lambda _: _panel(store),
        "signals": lambda _: _signals(store),
        "backup": lambda _: DuckDBFile(store.home).back_up(datetime.now(UTC), 1, 0),
        "copy": lambda folder: _copy(store, folder),
    }


def _panel(store: growth.Store) -> Panel:
    last = growth.LAST if not store.days else store.days[0]
    sessions = Calendar("XNYS").window(last, depth.lookback())
    asked = store.source, store.names, sessions, datetime.now(UTC)
    return DuckDBFile(store.home).read(lambda db: load_panel(db, *asked))


def _signals(store: growth.Store) -> None:
    panel = _panel(store)
    for plugin in discover(volatility).values():
        if not hasattr(plugin, "fitted"):
            assert np.isfinite(plugin.annualised(panel, plugin.Parameters())).all()
    for plugin in discover(signals).values():
        assert len(plugin.compute(panel, plugin.Parameters())) == len(store.names)


def _copy(store: growth.Store, folder: Path) -> None:
    warehouse = DuckDBFile(store.home)
    with warehouse.locked():
        checkpoint(warehouse.file)
        target = folder / "copy.duckdb"
        shutil.copyfile(warehouse.file, target)
        flush(target)
