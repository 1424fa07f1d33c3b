"""A session of the watch from closes alone, and what it says."""

import numpy as np

from quant.intraday.bars import Bars
from quant.watch.known import Known
from quant.watch.watch import Session, Watch
from tests.quant.intraday.market import values

MINUTES = 120


def session(symbols, minutes=MINUTES, previous=100.0, sigma=0.01, index=False):
    full = np.ones(symbols)
    tier = np.ones(symbols, np.int64)
    return Session(np.ones(minutes), full * previous, full * sigma, tier, np.full(symbols, index))


def names(symbols):
    return [f"S{number}" for number in range(symbols)]


def calm(symbols=1, minutes=MINUTES, seed=4, sigma=0.01):
    """Closes of a diffusion around 100, shape (minutes, symbols)."""
    steps = np.random.default_rng(seed).normal(0, sigma / np.sqrt(390), (minutes, symbols))
    return 100 * np.exp(np.cumsum(steps, axis=0))


def bars(minute, close, **other):
    """The bars of one minute as they arrive; a NaN close is no bar."""
    table = values(close, **other)
    there = np.flatnonzero(~np.isnan(table[3]))
    return Bars(there, np.full(len(there), minute), table[:, there])


def known(symbols, **given):
    """`Known` with some of its arrays given as one value for all."""
    nothing = Known.nothing(symbols)
    return Known(**{name: np.full(symbols, given.get(name, getattr(nothing, name)[0])) for name in
                    ("halted", "auction", "factor", "second")})  # fmt: skip


def play(closes, watch=None, around=None, finish=True, **other):
    """All rows of a session; `around` gives the `Known` of a minute by its number."""
    closes = np.asarray(closes, float).reshape(len(closes), -1)
    watch = watch or Watch(names(closes.shape[1]), session(closes.shape[1], len(closes)))
    found = []
    for number, close in enumerate(closes):
        watch.offer(bars(number, close, **{name: array[number] for name, array in other.items()}))
        found += watch.step((around or {}).get(number))
    return found + (watch.finish() if finish else [])


def told(rows):
    """(symbol, change, severity, confirmed, minute) of each row."""
    return [(row.symbol, row.change, row.severity, row.confirmed, row.fired + row.duration) for row in rows]
