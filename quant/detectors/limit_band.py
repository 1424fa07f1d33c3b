"""The exchange's scale: the price bands of Limit Up-Limit Down.

Source: Plan to Address Extraordinary Market Volatility (File 4-631), Appendix A as amended by Amendment 18
(2020). The band of a symbol follows from its tier and its previous close; where that is unknown, from its
five-minute mean:

    above $3            5% in tier 1, 10% in tier 2
    $0.75 to $3         20%
    below $0.75         the lesser of $0.15 and 75%

In the last 25 minutes the band is twice as wide in tier 1, and in tier 2 up to $3.

The Plan's reference price is the mean of all trades of the last five minutes. Minute bars have no trades:
here it is the mean of the five closes before the minute, a missing one carried forward.
Critical: from peak to trough within five minutes at least the band. Warning: the close is at least half the
band below its five-minute mean.
"""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Measure, Role, levels
from quant.intraday.saved import Arrays, Floats
from quant.intraday.tape import Minute

ROLE: Role = "move"


@dataclass(frozen=True)
class Parameters:
    """`critical` and `warning`: shares of the band. `last_minutes`: how long before the close it doubles."""

    critical: float = 1.0
    warning: float = 0.5
    last_minutes: int = 25


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """No memory: all that it reads is on the tape."""
    return {}


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:  # noqa: ARG001
    """The deeper of both falls in bands: -1 is a whole band."""
    width = band(minute, parameters)
    fall, below = minute.fall / width, minute.below / width
    warning = below <= -parameters.warning
    return Measure(np.fmin(fall, below), levels(warning, fall <= -parameters.critical))


def band(minute: Minute, parameters: Parameters) -> Floats:
    """The width of each symbol's band, a fraction of its reference price; NaN where no price is known."""
    price = np.where(np.isnan(minute.previous_close), minute.mean, minute.previous_close)
    cheap = np.minimum(0.15 / price, 0.75)
    usual = np.where(minute.tier == 1, 0.05, 0.10)
    width = np.where(price > 3, usual, np.where(price >= 0.75, 0.20, cheap))
    doubled = (minute.left < parameters.last_minutes) & ((minute.tier == 1) | (price <= 3))
    return np.where(np.isnan(price), np.nan, np.where(doubled, 2 * width, width))
