"""The band policy for vectorbt, compiled by numba: only imported where both are installed."""

from typing import Any

import numpy as np
from numba import njit
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import SizeType


@njit  # type: ignore[untyped-decorator,unused-ignore]
def segment(c: Any, target: Any, band: float) -> Any:
    """Whether the day rebalances: the first one, and any on which a weight is out of its band."""
    total = 0.0
    for k in range(c.from_col, c.to_col):
        total += c.last_position[k] * c.close[c.i, k]
    total += c.last_cash[c.group]
    goes = c.i == 0
    for k in range(c.from_col, c.to_col):
        c.last_val_price[k] = c.close[c.i, k]
        if np.abs(c.last_position[k] * c.close[c.i, k] / total - target[k]) > band * target[k]:
            goes = True
    return goes, target


@njit  # type: ignore[untyped-decorator,unused-ignore]
def order(c: Any, goes: bool, target: Any) -> Any:
    """To the target on such a day, else nothing."""
    if not goes:
        return nb.order_nothing_nb()
    return nb.order_nb(size=target[c.col], price=c.close[c.i, c.col], size_type=SizeType.TargetPercent)
