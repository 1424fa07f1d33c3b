"""How a series of values has done against another one: active return, tracking error, capture."""

from dataclasses import dataclass

import numpy as np

from quant.book.holdings import Mask
from quant.market.panel import Days, Floats
from quant.market.returns import ANNUALISATION
from quant.performance.measures import NAN, measure

SESSIONS = 252
"""Of a year."""


@dataclass(frozen=True)
class Relative:
    """`active` is the difference of the compound returns a year, and `tracking_error` the sample standard
    deviation of the daily differences × √252. `information_ratio` is the mean daily difference ÷ their
    standard deviation × √252 (Grinold and Kahn, Active Portfolio Management, 1999). `up_capture` is the
    compound return a year on the days on which the other one rose, as a share of its own on these days, and
    `down_capture` on those on which it fell (as empyrical counts them). `beta` is the slope of the daily
    returns. NaN where there are too few days.
    """

    active: float
    tracking_error: float
    information_ratio: float
    up_capture: float
    down_capture: float
    beta: float


def against(values: Floats, other: Floats, days: Days) -> Relative:
    """What one series did against another; shapes (days,), positive, no NaN."""
    own, its = (np.diff(one) / one[:-1] for one in (values, other))
    difference = own - its
    sigma = float(np.std(difference, ddof=1)) if len(difference) > 1 else NAN
    variance = float(np.var(its, ddof=1)) if len(its) > 1 else NAN
    return Relative(
        active=measure(values, days).annual - measure(other, days).annual,
        tracking_error=sigma * ANNUALISATION,
        information_ratio=float(np.mean(difference)) / sigma * ANNUALISATION if sigma > 0 else NAN,
        up_capture=_capture(own, its, its > 0),
        down_capture=_capture(own, its, its < 0),
        beta=float(np.cov(own, its, ddof=1)[0, 1]) / variance if variance > 0 else NAN,
    )


def _capture(own: Floats, its: Floats, days: Mask) -> float:
    if not days.any():
        return NAN
    mine, theirs = (_annual(one[days]) for one in (own, its))
    return mine / theirs if theirs else NAN


def _annual(returns: Floats) -> float:
    """The compound return a year of some daily ones."""
    return float(np.prod(1 + returns) ** (SESSIONS / len(returns)) - 1)
