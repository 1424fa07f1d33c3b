"""The volatility of a portfolio, and what each position adds to it."""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Floats
from quant.market.returns import ANNUALISATION
from quant.policy.policy import Covariance
from quant.risk.covariance import ESTIMATORS
from quant.risk.measures import complete

NAME = "risk"
"""What it is called among what a run has measured."""
SESSIONS = 252
MINIMUM = 60


@dataclass(frozen=True)
class Contributions:
    """`volatility` is annual, a share of value. Arrays have the shape (symbols,).

    `marginal` is what one more of a symbol's weight adds to it, `contribution` = weight × marginal, and they
    sum to the volatility; `share` = contribution ÷ volatility. A position without weight contributes 0.
    """

    volatility: float
    marginal: Floats
    contribution: Floats
    share: Floats


def contributions(weights: Floats, returns: Floats, method: Covariance = "ledoit_wolf") -> Contributions:
    """Of the current weights, from the covariance of the last 252 sessions on which all held had a return.

    `weights` (symbols,) are shares of value, what is missing to 1 is cash without risk; `returns` (sessions,
    symbols) simple total returns in the portfolio's currency, NaN where a close is missing. All NaN with
    fewer than 60 such sessions that lie close together (`complete`), or a NaN weight; without any position
    the volatility is 0 and all shares are NaN. `method`: how the covariance is estimated.
    Euler's theorem: the volatility is homogeneous in the weights
    (Litterman, Hot Spots and Hedges, 1996).
    """
    held = weights != 0
    known = complete(returns, held, SESSIONS)[:, held]
    marginal = np.where(held, np.nan, 0.0)
    if not held.any():
        return Contributions(0.0, marginal, marginal, np.full(len(weights), np.nan))
    if len(known) < MINIMUM or np.isnan(weights).any():
        unknown = np.full(len(weights), np.nan)
        return Contributions(np.nan, unknown, unknown, unknown)
    slope = ESTIMATORS[method](known) @ weights[held]
    daily = float(np.sqrt(weights[held] @ slope))
    with np.errstate(invalid="ignore", divide="ignore"):  # returns that are all 0 have no slope
        marginal[held] = slope / daily * ANNUALISATION
    volatility = daily * ANNUALISATION
    contribution = np.where(held, weights * marginal, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Contributions(volatility, marginal, contribution, contribution / volatility)
