"""Where an active return comes from, by asset class: Brinson-Fachler effects, linked over time by Cariño.

The benchmark of a balanced portfolio is its own policy: each class with its strategic weight, and within the
class each instrument with its own part of that weight (Brinson, Hood and Beebower, Determinants of Portfolio
Performance, 1986: the policy portfolio). Arrays have the shape (periods, classes); returns are simple.
"""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Floats


@dataclass(frozen=True)
class Effects:
    """What each class added, as a share of value.

    `allocation`: it had another weight than in the benchmark, (w − W) × (B_class − B). `selection`: it
    returned something else, W × (R_class − B_class). `interaction`: both at once, (w − W) × (R_class −
    B_class). Together R − B of the period (Brinson and Fachler, Measuring Non-US Equity Portfolio
    Performance, 1985).
    """

    allocation: Floats
    selection: Floats
    interaction: Floats

    @property
    def total(self) -> Floats:
        """All three of each class."""
        return self.allocation + self.selection + self.interaction


def brinson_fachler(weights: Floats, returns: Floats, own: Floats, its: Floats) -> Effects:
    """The effects of each class in each period.

    `weights` and `returns` are the portfolio's at the start of and over each period, `own` and `its` the
    benchmark's. Each row of weights sums to 1. A class that only one of the two has has the return of the
    other where its own is NaN, so that all of it is allocation.
    """
    returns, its = np.where(np.isnan(returns), its, returns), np.where(np.isnan(its), returns, its)
    returns, its = np.nan_to_num(returns), np.nan_to_num(its)
    whole = np.sum(own * its, axis=1, keepdims=True)
    return Effects(
        allocation=(weights - own) * (its - whole),
        selection=own * (returns - its),
        interaction=(weights - own) * (returns - its),
    )


def linking(returns: Floats, its: Floats) -> Floats:
    """What the effects of each period are multiplied by, so that their sum is the compounded active return.

    `returns` and `its` (periods,) are those of portfolio and benchmark, above -1. k_t ÷ k with k = (ln(1 + R)
    − ln(1 + B)) ÷ (R − B), of each period and of all together; 1 ÷ (1 + R) where both are the same (Cariño,
    Combining Attribution Effects Over Time, Journal of Performance Measurement, 1999).
    """
    both = (np.prod(1 + one) - 1 for one in (returns, its))
    whole, bench = (np.atleast_1d(one) for one in both)
    found: Floats = _slope(returns, its) / _slope(whole, bench)
    return found


def _slope(returns: Floats, its: Floats) -> Floats:
    active = returns - its
    near = np.abs(active) < 1e-9  # the quotient loses its digits; its limit is the slope in the middle
    middle = 1 / (1 + (returns + its) / 2)
    ratio = np.log1p(returns) - np.log1p(its)
    return np.asarray(np.where(near, middle, ratio / np.where(near, 1.0, active)))
