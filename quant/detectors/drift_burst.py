"""The drift burst test over one-minute bars: a drift so strong that the volatility cannot explain it.

Source: Christensen, Oomen and Renò (2022); formulas, critical values and the statistic of any sampling stand
in `_drift.py`. Here it is computed from minute to minute: exponential weights fade by the same factor every
minute, so that the sums need no history.

One-minute bars need a calibration of their own. A crash of five bars is a large part of what the variance
sees: measured over a window that includes it, T cannot grow much over 3, however deep the crash. So the
variance is that of `lagged` minutes before, and the critical value comes from simulated markets
(docs/crash-watch.md), not from the paper's table. Returns are those without the time of day; a missing
minute is a return of 0. `minimum`: returns before the test speaks.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, levels
from quant.detectors._drift import parzen
from quant.intraday.saved import Arrays, Floats, filled
from quant.intraday.tape import Minute

ROLE: Role = "test"


@dataclass(frozen=True)
class Parameters:
    """`mean` and `variance` are bandwidths in minutes, `lag` that of the Parzen weights, in returns."""

    mean: int = 5
    variance: int = 25
    lag: int = 3
    lagged: int = 5
    minimum: int = 30
    critical: float = 7.0


def begin(symbols: int, parameters: Parameters) -> Arrays:
    """`drift`: Σ K r; `crossed`: the sums of k(i) k(i-j), (lag + 1, symbols); `recent`: the last returns.

    `variances`: a ring of σ² (lagged + 1, symbols); `place` within it; `count`: returns so far.
    """
    return {
        "drift": np.zeros(symbols),
        "crossed": np.zeros((parameters.lag + 1, symbols)),
        "recent": np.zeros((parameters.lag + 1, symbols)),
        "variances": np.full((parameters.lagged + 1, symbols), np.nan),
        "place": np.zeros(1, np.int64),
        "count": np.zeros(symbols, np.int64),
    }


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:
    """T of each symbol; NaN without a bar, or before `minimum` returns."""
    memory["count"] += ~np.isnan(minute.scaled)
    _decay(filled(minute.scaled), memory, parameters)
    variance = _variance(memory, parameters)
    spoken = minute.present & (memory["count"] >= parameters.minimum) & (variance > 0)
    value = memory["drift"] / np.sqrt(parameters.mean * np.where(spoken, variance, np.nan))
    return Measure(value, levels(np.zeros(len(value), bool), value < -parameters.critical))


def _decay(returns: Floats, memory: Arrays, parameters: Parameters) -> None:
    """All sums one minute older, and the new return in them; it began one minute ago."""
    memory["recent"][1:] = memory["recent"][:-1].copy()
    memory["recent"][0] = returns
    fade = np.exp(-1 / parameters.mean)
    memory["drift"][:] = (memory["drift"] + returns) * fade
    weights = np.exp(-(2 + np.arange(parameters.lag + 1)) / parameters.variance)[:, None]
    memory["crossed"][:] = memory["crossed"] * np.exp(-2 / parameters.variance)
    memory["crossed"] += weights * returns * memory["recent"]


def _variance(memory: Arrays, parameters: Parameters) -> Floats:
    """σ² of `lagged` minutes before, and this minute's kept."""
    crossed = memory["crossed"]
    now = crossed[0] + 2 * (parzen(parameters.lag) @ crossed[1:])
    place = memory["place"][0]
    memory["variances"][place] = now / parameters.variance
    memory["place"][0] = (place + 1) % len(memory["variances"])
    before: Floats = memory["variances"][memory["place"][0]]
    return before
