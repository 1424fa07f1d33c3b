"""Small panels for tests of the maths."""

import numpy as np

from quant.market.adjust import build
from quant.market.panel import Floats, Panel


def weekdays(count: int, start: str = "2024-01-01"):
    """`count` weekdays from `start` on."""
    return np.busday_offset(np.datetime64(start), np.arange(count), roll="forward")


def panel_of(close, *, open=None, high=None, low=None, splits=None, distributions=None) -> Panel:  # noqa: A002
    """As-traded bars, one symbol if one-dimensional; open, high and low are the close unless given."""

    def table(values) -> Floats:
        array = np.asarray(values, dtype=float)
        return array[:, None] if array.ndim == 1 else array

    closes = table(close)
    return build(
        sessions=weekdays(len(closes)),
        symbols=tuple(f"S{column}" for column in range(closes.shape[1])),
        open=closes if open is None else table(open),
        high=closes if high is None else table(high),
        low=closes if low is None else table(low),
        close=closes,
        volume=np.full(closes.shape, 1e6),
        splits=np.ones(closes.shape) if splits is None else table(splits),
        distributions=np.zeros(closes.shape) if distributions is None else table(distributions),
    )
