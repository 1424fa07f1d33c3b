"""Liquidity: a minute's range, high over low, against the usual one of the last hour.

Source: Parkinson, M. (1980), The extreme value method for estimating the variance of the rate of return,
Journal of Business 53: ln(high ÷ low) measures volatility, and it widens when orders are missing. Shown with
an alert; divided by the time of day.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, _usual, levels
from quant.intraday.saved import Arrays
from quant.intraday.tape import Minute

ROLE: Role = "evidence"


@dataclass(frozen=True)
class Parameters:
    """`minutes` of the usual range; `high`: times the usual from which it is said to be wide."""

    minutes: int = _usual.MINUTES
    high: float = 5.0


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """The usual range."""
    return _usual.begin(symbols)


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:
    """Range ÷ usual range; NaN without a bar, before 20 bars, and where there is usually none."""
    wide = np.log(minute.high / minute.low) / minute.factor
    value = _usual.against(wide, memory, parameters.minutes)
    return Measure(value, levels(value >= parameters.high, np.zeros(len(value), bool)))
