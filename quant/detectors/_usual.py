"""What is usual of a symbol, by fading weights of the minutes before, and how far a minute exceeds it."""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, levels
from quant.intraday.saved import Arrays, Floats, filled

MINIMUM = 20


@dataclass(frozen=True)
class Parameters:
    """`minutes` of what is usual; `high`: times the usual from which a minute is worth a word."""

    minutes: int = 60
    high: float = 5.0


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """`mean` with fading weights, and `count` of the values in it."""
    return {"mean": np.zeros(symbols), "count": np.zeros(symbols, np.int64)}


def against(values: Floats, memory: Arrays, parameters: Parameters) -> Measure:
    """Values ÷ the mean of those before, which then takes them in; NaN before 20 values or at a mean of 0.

    A NaN value is left out. The first values are averaged evenly; later a new one weighs 1 ÷ `minutes`.
    """
    mean, count = memory["mean"], memory["count"]
    usual = np.where((count >= MINIMUM) & (mean > 0), mean, np.nan)
    known = ~np.isnan(values)
    count += known
    weight = 1 / np.clip(count, 1, parameters.minutes)
    mean += np.where(known, weight * (filled(values) - mean), 0.0)
    value = np.asarray(values / usual)
    return Measure(value, levels(value >= parameters.high, np.zeros(len(value), bool)))
