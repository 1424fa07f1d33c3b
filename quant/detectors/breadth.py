"""How many symbols fall at the same time: a crash of the market, or of one name.

Source: the staffs of CFTC and SEC, Findings regarding the market events of May 6, 2010: what set that
afternoon apart was how many names fell together within minutes. A symbol falls where its price is `fall`
below its five-minute mean, the exchanges' reference price.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, levels
from quant.intraday.saved import Arrays
from quant.intraday.tape import Minute

ROLE: Role = "market"


@dataclass(frozen=True)
class Parameters:
    """`warning` and `critical` are shares of the symbols; fewer than `symbols` with a price say nothing."""

    fall: float = 0.015
    warning: float = 0.3
    critical: float = 0.5
    symbols: int = 5


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """No memory: prices and means are on the tape."""
    return {}


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:  # noqa: ARG001
    """Minus the share of symbols that fall, the same for every symbol; NaN with too few symbols."""
    moves = minute.price / minute.mean - 1
    moves = moves[~np.isnan(moves)]
    share = np.mean(moves <= -parameters.fall) if len(moves) >= parameters.symbols else np.nan
    value = np.full(len(minute.price), -share)
    return Measure(value, levels(value <= -parameters.warning, value <= -parameters.critical))
