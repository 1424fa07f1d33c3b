"""The crash watch, minute by minute, against recomputing the day in pandas at every bar."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._minutes import MINUTES, START
from benchmarks._minutes import day as _day
from benchmarks._sheet import Sheet, Table
from benchmarks._timing import Case, ratios, spread, table, take_turns
from quant.detectors import limit_band
from quant.intraday.bars import CLOSE, HIGH, LOW, OPEN, VOLUME, Bars
from quant.intraday.saved import Floats
from quant.intraday.tape import Tape
from quant.simulation.prices import Model, curve
from quant.watch.watch import Session, Watch

PAGE = "benchmarks.md"
BARS = 20
EARLY, LATE = 20, 360
LIMIT = limit_band.Parameters()

ABOUT = f"""*A bar* is one minute of every symbol, with all detectors, keys and vetoes; {BARS} of them are
offered and released, early (from minute {EARLY}) or late (from minute {LATE}) in the session. *Pandas*: at
one late bar, the statistics of all detectors from the day's bars so far, with rolling, cumulated and
exponentially weighted windows, without keys and vetoes; the last row is taken. Both find the same falls on
the exchange's scale (compared in the run). Seconds are the processor's."""


@dataclass(frozen=True)
class Size:
    symbols: int
    many: int
    sessions: int
    rounds: int


FULL = Size(symbols=500, many=10_000, sessions=30, rounds=5)
QUICK = Size(symbols=20, many=40, sessions=3, rounds=1)


def measure(*, quick: bool) -> Sheet:
    """All cases in turns, then the memory over sessions; the falls must be the same."""
    size = QUICK if quick else FULL
    day, many = _day(size.symbols), _day(size.many)
    _require_same(day)
    names = {count: f"{BARS} bars, {count:,} symbols, late" for count in (size.symbols, size.many)}
    early, pandas, whole = f"{BARS} bars, {size.symbols:,} symbols, early", "pandas, 1 bar", "a session"
    cases: dict[str, Case] = {
        early: _bars(day, EARLY),
        names[size.symbols]: _bars(day, LATE),
        names[size.many]: _bars(many, LATE),
        pandas: lambda _: _pandas(day[: LATE + 1]),
        whole: lambda _: _play(day, size.symbols),
    }
    timings = take_turns(cases, size.rounds, clock=time.process_time)
    base = names[size.symbols]
    times = spread([ratio * BARS for ratio in ratios(timings, pandas, base)])
    growth = spread(ratios(timings, base, early))
    return Sheet(
        f"The crash watch, {size.symbols} symbols",
        [
            ABOUT,
            table(timings, base),
            f"""Pandas takes {times} times as long for a bar. A late bar takes {growth} times as long as an
early one. What is kept between two bars:""",
            _memory(size),
        ],
    )


def _known(symbols: int) -> Session:
    price, sigma = np.full(symbols, START), np.full(symbols, 0.02)
    return Session(curve(MINUTES, Model()), price, sigma, np.ones(symbols, np.int64), np.zeros(symbols, bool))


def _watch(symbols: int) -> Watch:
    return Watch([str(number) for number in range(symbols)], _known(symbols))


def _step(watch: Watch, number: int, values: Floats) -> None:
    there = np.flatnonzero(~np.isnan(values[CLOSE]))
    watch.offer(Bars(there, np.full(len(there), number), values[:, there]))
    watch.step()


def _bars(day: Floats, first: int) -> Case:
    """A case that steps through some minutes, from the watch as it was before them."""
    watch = _watch(day.shape[2])
    for number in range(first):
        _step(watch, number, day[number])
    saved = watch.save()

    def run(_: Path) -> None:
        watch.restore(saved)
        for number in range(first, first + BARS):
            _step(watch, number, day[number])

    return run


def _play(day: Floats, symbols: int) -> None:
    watch = _watch(symbols)
    for number, values in enumerate(day):
        _step(watch, number, values)


def _pandas(day: Floats) -> Floats:
    """The falls in bands of the last minute, after computing every detector for the day so far."""
    opened, high, low, close, volume = (pd.DataFrame(day[:, row]) for row in (OPEN, HIGH, LOW, CLOSE, VOLUME))
    carried = close.ffill()
    logs = pd.DataFrame(np.log(carried))
    returns = logs.diff()
    highs = high.fillna(carried).shift().rolling(4, min_periods=1).max()
    peak = np.fmax(np.fmax(highs, carried.shift(5)), opened)
    mean = carried.shift().rolling(5, min_periods=1).mean()
    fall = pd.DataFrame(np.fmin(low / peak - 1, close / mean - 1) / 0.05)
    wide = pd.DataFrame(np.log(high / low))
    every = _tests(returns, pd.DataFrame(np.log(low)) - logs.shift()) | {
        "fall": fall,
        "volume": volume / volume.ewm(span=60, min_periods=20).mean().shift(),
        "range": wide / wide.ewm(span=60, min_periods=20).mean().shift(),
        "quiet": close.isna().rolling(5, min_periods=1).sum(),
        "breadth": carried / mean - 1 < -0.015,
        "market": low.fillna(carried) / 100.0 - 1,
    }
    whole = pd.concat(every, axis=1)
    return np.asarray(whole["fall"].iloc[-1].to_numpy(dtype=float))


def _tests(returns: pd.DataFrame, lows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Both jump tests and the drift burst of every minute."""
    size, number = returns.abs(), pd.DataFrame(np.ones(returns.shape)).cumsum()
    volatility = (size * size.shift()).rolling(314, min_periods=30).mean().pow(0.5)
    bipower = (size * size.shift()).cumsum() * np.pi / 2
    triple = (size * size.shift() * size.shift(2)).pow(4 / 3).cumsum() * number
    ratio = 1 - bipower / returns.pow(2).cumsum()
    own = returns.pow(2).ewm(span=25).mean()
    crossed = [(returns * returns.shift(lag)).ewm(span=25).mean() for lag in (1, 2, 3)]
    variance = (own + 2 * (crossed[0] + crossed[1] + crossed[2])).clip(lower=own / 10).shift(5)
    return {
        "jump": lows / volatility.shift(),
        "ratio": ratio / (0.609 / number * (triple / bipower.pow(2)).clip(lower=1)).pow(0.5),
        "drift": returns.ewm(span=5).mean() / variance.pow(0.5),
    }


def _require_same(day: Floats) -> None:
    state = _known(day.shape[2])
    tape = Tape.open(state.curve, state.previous_close, state.sigma, state.tier, state.index)
    minutes = [tape.advance(values) for values in day[: LATE + 1]]
    ours = limit_band.update(minutes[-1], {}, LIMIT).value
    np.testing.assert_allclose(_pandas(day[: LATE + 1]), ours, rtol=1e-9, atol=1e-12)


def _memory(size: Size) -> Table:
    """Bytes of everything that is kept, after the first and the last session."""
    symbols = max(size.symbols // 10, 2)
    watch, rows = _watch(symbols), []
    for number in range(size.sessions):
        watch.begin(_known(symbols))
        for minute, values in enumerate(_day(symbols)):
            _step(watch, minute, values)
        kept = sum(array.nbytes for part in watch.save().values() for array in part.values())
        if number in {0, size.sessions - 1}:
            rows.append((str(number + 1), f"{symbols}", f"{kept / 1e6:.2f}"))
    return Table((">sessions", ">symbols", ">megabytes kept"), rows)
