"""Liquidity: a minute's volume against the usual one of the last hour.

Source: in the crash of May 6, 2010 volume was six times the usual when prices broke (Kirilenko, Kyle, Samadi
and Tuzun 2017, The flash crash, Journal of Finance 72). Shown with an alert: a fall without volume is often
a wrong price.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, _usual, levels
from quant.intraday.saved import Arrays
from quant.intraday.tape import Minute

ROLE: Role = "evidence"


@dataclass(frozen=True)
class Parameters:
    """`minutes` of the usual volume; `high`: times the usual from which it is said to be high."""

    minutes: int = _usual.MINUTES
    high: float = 5.0


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """The usual volume."""
    return _usual.begin(symbols)


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:
    """Volume ÷ usual volume; NaN without a bar, before 20 bars, and where there is usually none."""
    value = _usual.against(minute.volume, memory, parameters.minutes)
    return Measure(value, levels(value >= parameters.high, np.zeros(len(value), bool)))
