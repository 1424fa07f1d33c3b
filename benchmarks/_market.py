"""Generated markets of any size: log-normal walks in cents, without a seed's luck in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from quant.market.panel import Days, Floats
from tasks.sources import ACTIONS, BARS

PAYING = 63  # sessions between two dividends, about a quarter
YIELD = 0.005  # of the close, per dividend
LAST = np.datetime64("2024-12-31")


@dataclass(frozen=True)
class Market:
    """As-traded bars (schema BARS, by symbol and session) and dividends (schema ACTIONS)."""

    symbols: tuple[str, ...]
    sessions: Days
    bars: pa.Table
    actions: pa.Table


def weekdays(count: int) -> Days:
    """The last `count` weekdays of the generated markets."""
    return np.busday_offset(LAST, np.arange(1 - count, 1), roll="backward").astype("datetime64[D]")


def generate(symbols: Sequence[str], sessions: Days, seed: int) -> Market:
    """Daily σ of 0.8% to 3% a symbol, gaps at the open, ranges around it, a dividend every quarter."""
    random = np.random.default_rng(seed)
    shape = (len(symbols), len(sessions))
    sigma = random.uniform(0.008, 0.03, (len(symbols), 1))
    steps = sigma * random.standard_normal(shape)
    close = _cents(random.uniform(10, 300, (len(symbols), 1)) * np.exp(np.cumsum(steps, axis=1)))
    opened = _cents(close * np.exp(sigma / 2 * random.standard_normal(shape)))
    up, down = (1 + sigma / 3 * np.abs(random.standard_normal(shape)) * sign for sign in (1, -1))
    columns = [
        opened,
        _cents(np.maximum(opened, close) * up),
        _cents(np.minimum(opened, close) * down),
        close,
        np.round(random.lognormal(14, 1, shape)),
    ]
    bars = pa.table(
        [*_keys(symbols, sessions), *(pa.array(column.ravel()) for column in columns)], schema=BARS
    )
    return Market(tuple(symbols), sessions, bars, _dividends(symbols, sessions, close))


def _cents(prices: Floats) -> npt.NDArray[np.float64]:
    return np.maximum(np.round(prices, 2), 0.01)


def _keys(symbols: Sequence[str], sessions: Days) -> tuple[pa.Array, pa.Array]:
    """Every symbol with every session, as columns."""
    names = pa.array(symbols, pa.string()).take(pa.array(np.repeat(np.arange(len(symbols)), len(sessions))))
    return names, pa.array(np.tile(sessions, len(symbols)), pa.date32())


def _dividends(symbols: Sequence[str], sessions: Days, close: Floats) -> pa.Table:
    paying = slice(PAYING, None, PAYING)
    value = np.round(close[:, paying] * YIELD, 4).ravel()
    kind, derived = pa.repeat(pa.scalar("dividend"), len(value)), pa.repeat(pa.scalar(False), len(value))
    return pa.table([*_keys(symbols, sessions[paying]), kind, pa.array(value), derived], schema=ACTIONS)
