"""Small panels for tests of the maths."""

import numpy as np

from quant.adjust import build
from quant.panel import Floats, Panel


def weekdays(count: int, start: str = "2024-01-01"):
    """`count` weekdays from `start` on."""
    return np.busday_offset(np.datetime64(start), np.arange(count), roll="forward")


def panel_of(close, *, low=None, splits=None, distributions=None) -> Panel:
    """As-traded closes, one symbol if one-dimensional; open and high are the close, low unless given."""

    def table(values) -> Floats:
        array = np.asarray(values, dtype=float)
        return array[:, None] if array.ndim == 1 else array

    closes = table(close)
    return build(
        sessions=weekdays(len(closes)),
        symbols=tuple(f"S{column}" for column in range(closes.shape[1])),
        open=closes,
        high=closes,
        low=closes if low is None else table(low),
        close=closes,
        volume=np.full(closes.shape, 1e6),
        splits=np.ones(closes.shape) if splits is None else table(splits),
        distributions=np.zeros(closes.shape) if distributions is None else table(distributions),
    )
