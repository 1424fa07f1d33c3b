"""The market against its last close: the levels at which the exchanges halt all trading.

Source: NYSE Rule 7.12 (market-wide circuit breakers): a fall of the S&P 500 of 7% (level 1) or 13% (level 2)
below the last close halts trading for 15 minutes, once a day each and not in the last 35 minutes; 20%
(level 3) ends the session at any time.

The market is the median of the symbols that stand for it (`Minute.index`). Without any it is the median of
all: half of them have fallen at least so far. Few symbols are no market, so fewer than `symbols` say nothing
then. `warning` is ours.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, levels
from quant.intraday.saved import Arrays
from quant.intraday.tape import Minute

ROLE: Role = "market"
HALTS = (0.07, 0.13, 0.20)
LAST_MINUTES = 35


@dataclass(frozen=True)
class Parameters:
    """Falls are fractions; `symbols`: how many must have a price and a last close where none is an index."""

    warning: float = 0.05
    critical: float = HALTS[0]
    symbols: int = 5


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """No memory: prices and last closes are on the tape."""
    return {}


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:  # noqa: ARG001
    """The median of low ÷ last close - 1, the same for every symbol; NaN with too few symbols.

    A level is reached by touching it, so it is the minute's low that counts.
    """
    stands = minute.index if minute.index.any() else np.ones(len(minute.price), bool)
    needed = 1 if minute.index.any() else parameters.symbols
    lowest = np.where(minute.present, minute.low, minute.price)
    moves = (lowest / minute.previous_close - 1)[stands]
    moves = moves[~np.isnan(moves)]
    fall = np.median(moves) if len(moves) >= needed else np.nan
    value = np.full(len(minute.price), fall)
    return Measure(value, levels(value <= -parameters.warning, value <= -parameters.critical))


def halt_level(fall: float, left: int) -> int:
    """The level (1 to 3) that a market move of `fall` (-0.07 is 7% down) halts at with `left` minutes left.

    0: none, also where the move is unknown (NaN).
    """
    reached = sum(fall <= -level for level in HALTS)
    return reached if reached == len(HALTS) or left >= LAST_MINUTES else 0
