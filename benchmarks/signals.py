"""The day's measures of a large market from the warehouse, against recomputing all history in pandas."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from benchmarks import _store
from benchmarks._market import generate, weekdays
from benchmarks._sheet import Sheet
from benchmarks._timing import Case, ratios, spread, table, take_turns
from quant import signals, volatility
from quant.market.panel import Floats
from quant.plugins import discover
from tasks.data.backfill import ROWS
from tasks.ingest import depth
from tasks.snapshot.panels import load_panel
from warehouse.duckdb_file.backend import DuckDBFile

PAGE = "benchmarks.md"
YEAR = 252  # sessions

ABOUT = """*The day's*: read the look-back period from the warehouse as known, adjust it, and compute every
volatility estimator that is not fitted and every signal, for the last session. *Pandas*: read the whole
history from the same file, compute the same for every session with groups, rolling and exponentially
weighted windows, and take the last. Both find the same numbers (compared in the run, within 1e-6
relative)."""

Found = Mapping[str, Floats]
"""What was found for the last session, by estimator or signal: one number per symbol."""


@dataclass(frozen=True)
class Size:
    symbols: int
    years: tuple[int, int, int]
    rounds: int


FULL = Size(symbols=2000, years=(5, 10, 20), rounds=3)
QUICK = Size(symbols=30, years=(3, 4, 6), rounds=1)


def measure(*, quick: bool) -> Sheet:
    """Both ways over the middle history, ours over all three; they must find the same numbers."""
    size = QUICK if quick else FULL
    names = tuple(f"S{number:04d}" for number in range(size.symbols))
    short, middle, long = size.years
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        homes = {years: Path(folder) / str(years) for years in size.years}
        for years, home in homes.items():
            _fill(home, names, years)
        _require_same(_ours(homes[middle], names), _pandas(homes[middle]))
        cases: dict[str, Case] = {
            f"the day's, {years} years stored": lambda _, home=home: _ours(home, names)  # type: ignore[misc]
            for years, home in homes.items()
        }
        cases[f"pandas, {middle} years"] = lambda _: _pandas(homes[middle])
        timings = take_turns(cases, size.rounds)
    day = {years: f"the day's, {years} years stored" for years in size.years}
    slower = f"Pandas takes {spread(ratios(timings, f'pandas, {middle} years', day[middle]))} times as long."
    longer = f"the day's takes {spread(ratios(timings, day[long], day[short]))} times as long."
    return Sheet(
        f"The day's signals for {size.symbols:,} symbols",
        [
            ABOUT,
            table(timings, day[middle]),
            f"{slower} With {long} years stored instead of {short} {longer}",
        ],
    )


def _fill(home: Path, names: tuple[str, ...], years: int) -> None:
    """A warehouse with a market of so many years: each length holds its own prices of the same symbols."""
    home.mkdir()
    sessions = weekdays(years * YEAR)
    group = ROWS // len(sessions)
    for number, first in enumerate(range(0, len(names), group)):
        market = generate(names[first : first + group], sessions, seed=number)
        _store.load(home, market, f"{years}-{number}")


def _ours(home: Path, names: tuple[str, ...]) -> Found:
    sessions = _store.dates(weekdays(depth.lookback()))
    with DuckDBFile(home).open() as db:
        panel = load_panel(db, _store.SOURCE, names, sessions, datetime.now(UTC))
    found = {
        name: np.asarray(plugin.annualised(panel, plugin.Parameters()))
        for name, plugin in discover(volatility).items()
        if not hasattr(plugin, "fitted")
    }
    for name, plugin in discover(signals).items():
        readings = plugin.compute(panel, plugin.Parameters())
        found[name] = np.array([reading.value for reading in readings])
    return found


def _pandas(home: Path) -> Found:
    """The same measures for every session of every symbol, as one would write them in a notebook."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        bars = connection.execute(
            "select symbol, session, open, high, low, close from bars where known_to is null "
            "order by symbol, session"
        ).df()
        dividends = connection.execute(
            "select symbol, ex_date as session, value from actions where known_to is null"
        ).df()
    bars = bars.merge(dividends, how="left", on=["symbol", "session"])
    symbol = bars["symbol"]
    factor = (1 - bars["value"].fillna(0.0) / bars.groupby("symbol")["close"].shift()).fillna(1.0)
    growth = factor.groupby(symbol).cumprod()
    total = bars["close"] * growth.groupby(symbol).transform("last") / growth
    returns = pd.Series(np.log(total)).groupby(symbol).diff()
    variance = (returns**2).groupby(symbol).ewm(alpha=0.06, adjust=False).mean().droplevel(0)
    sigma = variance.pow(0.5)
    change = bars.groupby("symbol")["close"].diff()
    fall = bars["low"] / total.groupby(symbol).shift() - 1
    every = pd.DataFrame(
        {name: np.sqrt(variance * 252) for name, variance in _ranges(bars, returns).items()}
        | {
            "close_to_close": _rolling(returns, symbol, "std") * np.sqrt(252),
            "ewma": sigma * np.sqrt(252),
            "adaptive": change / change.groupby(symbol).rolling(20).std(ddof=0).droplevel(0),
            "range_shock": fall / sigma.groupby(symbol).shift(),
        }
    )
    last = every.groupby(symbol).tail(1)
    return {str(name): last[name].to_numpy() for name in last}


def _ranges(bars: pd.DataFrame, returns: Any) -> dict[str, Any]:
    """The daily variances of the range estimators, for every session of every symbol."""
    symbol = bars["symbol"]
    u, d, c = (np.log(bars[name] / bars["open"]) for name in ("high", "low", "close"))
    steps = _rolling(u * (u - c) + d * (d - c), symbol, "mean")
    night, day = (_rolling(values, symbol, "var") for values in (returns - c, c))
    k = 0.34 / (1.34 + 21 / 19)
    return {
        "parkinson": _rolling((u - d) ** 2, symbol, "mean") / (4 * np.log(2)),
        "garman_klass": _rolling((u - d) ** 2 / 2 - (2 * np.log(2) - 1) * c**2, symbol, "mean"),
        "rogers_satchell": steps,
        "yang_zhang": night + k * day + (1 - k) * steps,
    }


def _rolling(values: Any, symbol: Any, how: str) -> Any:
    return values.groupby(symbol).rolling(20).agg(how).droplevel(0)


def _require_same(ours: Found, theirs: Found) -> None:
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-6, atol=1e-9, err_msg=name)
