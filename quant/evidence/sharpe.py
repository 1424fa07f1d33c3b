"""Whether a Sharpe ratio is skill: its probability, after the best of many trials was chosen.

Bailey and López de Prado, The Sharpe Ratio Efficient Frontier (2012) and The Deflated Sharpe Ratio (2014).
Ratios are a period's, not annualised: mean ÷ standard deviation of the returns of one period.
"""

from dataclasses import dataclass
from math import e, sqrt

import numpy as np
from scipy.stats import kurtosis, norm, skew

from quant.market.panel import Floats

NAN = float("nan")


@dataclass(frozen=True)
class Track:
    """The returns of `periods` periods in four numbers; `kurtosis` of a normal distribution is 3."""

    sharpe: float
    periods: int
    skew: float
    kurtosis: float


def track(returns: Floats) -> Track:
    """What matters of some returns, shape (periods,), without NaN; a ratio of NaN where they do not vary."""
    sigma = float(np.std(returns)) if len(returns) else 0.0
    if len(returns) < 4 or sigma < 1e-15:
        return Track(NAN, len(returns), NAN, NAN)
    return Track(
        float(np.mean(returns)) / sigma,
        len(returns),
        float(skew(returns, bias=False)),
        float(kurtosis(returns, bias=False, fisher=False)),
    )


def probabilistic(of: Track, benchmark: float = 0.0) -> float:
    """The probability that the true ratio is above `benchmark` (2012, equation 11)."""
    variance = 1 - of.skew * of.sharpe + (of.kurtosis - 1) / 4 * of.sharpe**2
    if not variance > 0:
        return NAN
    return float(norm.cdf((of.sharpe - benchmark) * sqrt(of.periods - 1) / sqrt(variance)))


def expected_maximum(trials: int, variance: float) -> float:
    """The highest ratio that `trials` tries without any skill are expected to find (2014, equation 1).

    `variance` is that of the ratios of all trials. 0 for a single one.
    """
    if trials < 2:
        return 0.0
    euler = float(np.euler_gamma)
    highest = (1 - euler) * norm.ppf(1 - 1 / trials) + euler * norm.ppf(1 - 1 / (trials * e))
    return sqrt(variance) * float(highest)


def deflated(of: Track, trials: int, variance: float) -> float:
    """The probability that the true ratio is above what luck finds in so many trials (2014, equation 2)."""
    return probabilistic(of, expected_maximum(trials, variance))


def least_track(of: Track, benchmark: float = 0.0, confidence: float = 0.95) -> float:
    """How many periods it takes until the ratio is above `benchmark` with `confidence` (2012, equation 13).

    Infinite where it is not above it.
    """
    if not of.sharpe > benchmark:
        return float("inf") if of.sharpe <= benchmark else NAN
    variance = 1 - of.skew * of.sharpe + (of.kurtosis - 1) / 4 * of.sharpe**2
    return 1 + variance * float(norm.ppf(confidence) / (of.sharpe - benchmark)) ** 2
