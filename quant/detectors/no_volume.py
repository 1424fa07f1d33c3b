"""Liquidity: for how many minutes nothing has traded.

Source: exchanges halt a symbol for five minutes when its price stands at its limit (Plan to Address
Extraordinary Market Volatility, section VII), and then there are no trades; and vendors fall silent. Both
look alike in minute bars. Shown with an alert: what the price did meanwhile is not known.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, levels
from quant.intraday.saved import Arrays
from quant.intraday.tape import Minute

ROLE: Role = "evidence"


@dataclass(frozen=True)
class Parameters:
    """`long`: minutes without a trade from which it is worth a word."""

    long: int = 5


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """`minutes` without a trade; -1 before a symbol's first trade of the session."""
    return {"minutes": np.full(symbols, -1, np.int64)}


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:
    """Minutes without a trade up to this one, 0 with one; NaN before the first trade of the session."""
    if minute.number == 0:
        memory["minutes"][:] = -1
    traded = minute.present & (minute.volume > 0)
    waiting = memory["minutes"] >= 0
    memory["minutes"][:] = np.where(traded, 0, memory["minutes"] + waiting)
    value = np.where(memory["minutes"] >= 0, memory["minutes"], np.nan)
    return Measure(value, levels(value >= parameters.long, np.zeros(len(value), bool)))
