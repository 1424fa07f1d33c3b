"""Trend: an instrument's strategic weight while its total return rises; else cash, as far as limits let."""

from collections.abc import Mapping

import numpy as np

from quant.allocation import Problem
from quant.market.panel import Floats
from quant.policy.policy import AllocationPolicy

SETTINGS: Mapping[str, str | None] = {"window": None, "trend": None}
INVESTED = False
WINDOWS = {"moving_average": 200, "momentum": 252}
SKIPPED = 21
"""Sessions: the last month, which tends to reverse."""


def window(policy: AllocationPolicy) -> int:
    """Those of the published rule, where the portfolio file says nothing."""
    return policy.window or WINDOWS[policy.trend]


def weights(problem: Problem) -> Floats:
    """The strategic weight where the trend is up, 0 where it is not.

    moving_average: the last level is above the mean of the window's (Faber, A Quantitative Approach to
    Tactical Asset Allocation, Journal of Wealth Management 9, 2007: 10 months). momentum: the return over the
    window without its last 21 sessions is positive (Moskowitz, Ooi and Pedersen, Time Series Momentum,
    Journal of Financial Economics 104, 2012, but in excess of no cash rate; the month is left out as in
    Jegadeesh and Titman, Journal of Finance 48, 1993).
    """
    level = np.cumprod(1 + problem.returns, axis=0)
    if problem.policy.trend == "moving_average":
        rising = level[-1] > level.mean(axis=0)
    else:
        rising = level[-1 - SKIPPED] > 1
    return np.where(rising, problem.strategic, 0.0)
