"""What is usual of a symbol: a mean with fading weights of the minutes before."""

import numpy as np

from quant.intraday.saved import Arrays, Floats, filled

MINUTES = 60
MINIMUM = 20


def begin(symbols: int) -> Arrays:
    """`mean` with fading weights, and `count` of the values in it."""
    return {"mean": np.zeros(symbols), "count": np.zeros(symbols, np.int64)}


def against(values: Floats, memory: Arrays, minutes: int) -> Floats:
    """Values ÷ the mean of those before, which then takes them in; NaN before 20 values or at a mean of 0.

    A NaN value is left out. The first values are averaged evenly; later a new one weighs 1 ÷ `minutes`.
    """
    mean, count = memory["mean"], memory["count"]
    usual = np.where((count >= MINIMUM) & (mean > 0), mean, np.nan)
    known = ~np.isnan(values)
    count += known
    weight = 1 / np.clip(count, 1, minutes)
    mean += np.where(known, weight * (filled(values) - mean), 0.0)
    return np.asarray(values / usual)
