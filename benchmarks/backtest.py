"""A band policy over twenty years: `ballast backtest` against a bare loop and against other programs."""

import importlib.util
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks import _market, _store
from benchmarks._sheet import Sheet, Table
from benchmarks._timing import Case, table, take_turns
from config import portfolio_file
from config.calendars import Calendar
from config.portfolio import Portfolio
from config.settings import Settings
from quant.market.panel import Days, Floats
from tasks.backtest import sweep
from tasks.backtest.market import Market
from tasks.backtest.question import Asked
from tasks.backtest.question import sweep as swept
from tasks.backtest.read import read
from tasks.backtest.simulate import Simulation
from tasks.context.context import Context
from tasks.ingest.depth import lookback

PAGE = "benchmarks.md"
SYMBOLS = tuple(f"S{number}" for number in range(10))
BAND = 0.25
CASH = 1_000_000.0
LAST = date(2024, 12, 31)
SOURCE = "bundled"
PEERS = ("bt", "vectorbt", "cvxportfolio")
ABOUT = """Ten symbols at 10% each over 5,040 sessions; a rebalance to the targets when one weight is a
quarter of its target away. They share one market (0.9% a day) and have 0.6% of their own. Seconds are
processor time, imports and the reading of prices left out. *Bare* is a NumPy loop over days that trades
fractions of shares at the close: no lots, limits, costs, checks or gaps. *Ballast* decides as `ballast daily`
does on each day that trades; *another setting* is one of a sweep, for which the market of these days is
known. *bt* uses `RunIfOutOfBounds`, *vectorbt* an order function that numba has compiled before (it takes
about 15 s), *cvxportfolio* `FixedWeights`, which trades every day: its `AdaptiveRebalance` fails with these
versions."""
SWEPT = """`--sweep` with so many settings of `band_relative` from 0.1 to 0.5 on the same market, on all
cores; wall time."""


@dataclass(frozen=True)
class Desk:
    """What is measured: a market, its portfolio, and the closes for other programs."""

    context: Context
    asked: Asked
    market: Market
    portfolio: Portfolio
    closes: pd.DataFrame


def measure(*, quick: bool) -> Sheet:
    """One simulation by each program, and a sweep."""
    count, settings = (300, 6) if quick else (5040, 1000)
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        desk = _desk(Path(folder), count)
        cases: dict[str, Case] = {
            "bare": lambda _: _bare(desk.closes.to_numpy()),
            "ballast": lambda _: _ballast(desk, known=False),
            "ballast, another setting": lambda _: _ballast(desk, known=True),
        }
        there = [name for name in PEERS if importlib.util.find_spec(name)]
        others: dict[str, Callable[[pd.DataFrame], float]] = {
            "bt": _bt, "vectorbt": _vectorbt, "cvxportfolio": _cvxportfolio,
        }  # fmt: skip
        cases |= {name: _other(others[name], desk) for name in there}
        take_turns(cases, 1)  # numba compiles, and what is kept is known
        timings = take_turns(cases, 1 if quick else 5, time.process_time)
        missing = [name for name in PEERS if name not in there]
        said = f"Not installed here: {', '.join(missing)} (`pip install .[peers]`)." if missing else ""
        return Sheet("Backtest", [ABOUT, table(timings, "bare"), said, SWEPT, _sweep(desk, settings)])


def _desk(folder: Path, count: int) -> Desk:
    sessions = Calendar("XNYS").window(LAST, count + lookback())
    made = _together(np.array(sessions, "datetime64[D]"))
    home = folder / "home"
    _store.load(home, made, "backtest", SOURCE)
    (home / "portfolios").mkdir()
    targets = "".join(
        f'[[target]]\nsymbol = "{symbol}"\nasset_class = "{symbol}"\nweight = 0.1\n' for symbol in SYMBOLS
    )
    (home / "portfolios" / "even.holdings.csv").write_text("symbol,quantity\n")
    policy = f"[rebalance]\nband_absolute = 1.0\nband_relative = {BAND}\ncash_buffer = 0.0\n"
    (home / "portfolios" / "even.toml").write_text(
        f'name = "even"\nholdings = "even.holdings.csv"\nbenchmark = "S0"\n{targets}{policy}'
    )
    context = Context(Settings(home=home, source=SOURCE), lambda: datetime.now(UTC), time.sleep)
    asked = Asked("even", sessions[-count], sessions[-1], CASH, source=SOURCE)
    portfolio = portfolio_file.load("even", home)
    closes = made.bars["close"].to_numpy().reshape(len(SYMBOLS), -1).T[-count:]
    days = pd.DatetimeIndex(pd.to_datetime(sessions[-count:]))
    frame = pd.DataFrame(closes, index=days, columns=list(SYMBOLS))
    return Desk(context, asked, read(context, portfolio, asked), portfolio, frame)


def _together(sessions: Days) -> _market.Market:
    """Ten symbols that move with one market, without distributions."""
    random, count = np.random.default_rng(7), len(sessions)
    moves = random.normal(0.0003, 0.009, (1, count)) + random.normal(0, 0.006, (len(SYMBOLS), count))
    close = np.round(100 * np.exp(np.cumsum(moves, axis=1)), 2)
    made = _market.generate(SYMBOLS, sessions, 7)
    bars = made.bars
    for name, by in {"open": 1.0, "high": 1.002, "low": 0.998, "close": 1.0}.items():
        values = pa.array(np.round(close * by, 2).ravel())
        bars = bars.set_column(bars.schema.get_field_index(name), name, values)
    return replace(made, bars=bars, actions=made.actions.slice(0, 0))


def _ballast(desk: Desk, *, known: bool) -> float:
    if not known:
        desk.market.kept.clear()
    return float(Simulation(desk.market, desk.portfolio, CASH).run().value[-1])


def _bare(closes: Floats) -> float:
    """The policy and nothing else: all symbols back to their targets when one is out of its band."""
    shares, value = CASH * 0.1 / closes[0], CASH
    for close in closes:
        worth = shares * close
        value = worth.sum()
        if (np.abs(worth / value - 0.1) > BAND * 0.1).any():
            shares = 0.1 * value / close
    return float(value)


def _other(run: Callable[[pd.DataFrame], float], desk: Desk) -> Case:
    return lambda _: run(desk.closes)


def _bt(closes: pd.DataFrame) -> float:
    import bt  # noqa: PLC0415 - only where it is installed

    when = bt.algos.Or([bt.algos.RunOnce(), bt.algos.RunIfOutOfBounds(BAND)])
    weights = bt.algos.WeighSpecified(**dict.fromkeys(SYMBOLS, 0.1))
    strategy = bt.Strategy("even", [when, bt.algos.SelectAll(), weights, bt.algos.Rebalance()])
    test = bt.Backtest(strategy, closes, initial_capital=CASH, progress_bar=False)
    test.run()
    return float(test.strategy.data["value"].iloc[-1])


def _vectorbt(closes: pd.DataFrame) -> float:
    import vectorbt  # noqa: PLC0415 - only where it is installed

    from benchmarks._vectorbt import order, segment  # noqa: PLC0415 - as above

    held = vectorbt.Portfolio.from_order_func(
        closes, order, pre_segment_func_nb=segment, pre_segment_args=(np.full(len(SYMBOLS), 0.1), BAND),
        group_by=True, cash_sharing=True, init_cash=CASH,
    )  # fmt: skip
    return float(held.value().iloc[-1])


def _cvxportfolio(closes: pd.DataFrame) -> float:
    import cvxportfolio  # noqa: PLC0415 - only where it is installed

    returns = closes.pct_change().dropna()
    returns["cash"] = 0.0
    weights = pd.Series(0.1, index=list(SYMBOLS))
    weights["cash"] = 0.0
    data = cvxportfolio.UserProvidedMarketData(
        returns=returns, cash_key="cash", min_history=pd.Timedelta("0D")
    )
    simulator = cvxportfolio.MarketSimulator(market_data=data, costs=[])
    done = simulator.backtest(cvxportfolio.FixedWeights(weights), start_time=returns.index[0])
    return float(done.v.iloc[-1])


def _sweep(desk: Desk, settings: int) -> Table:
    """The wall time of a sweep, and of one of its settings alone."""
    asked = replace(desk.asked, sweeps=(swept(f"rebalance.band_relative=0.1..0.5:{settings}"),))
    begin = time.perf_counter()
    found = sweep.run(desk.context, desk.market, asked)
    seconds = time.perf_counter() - begin
    rebalances = float(np.mean([one.sessions or 0 for one in found]))
    columns = (">settings", ">seconds", ">rebalances each, mean", ">ms each")
    row = (f"{settings:,}", f"{seconds:.1f}", f"{rebalances:.0f}", f"{1000 * seconds / settings:.0f}")
    return Table(columns, [row])
