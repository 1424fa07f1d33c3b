"""Parkinson's volatility: from the distance between high and low alone."""

import math

import numpy as np

from quant.market.panel import Floats, Panel
from quant.volatility._ranges import annualised_mean, moves
from quant.volatility._window import Parameters, lookback, window

__all__ = ["Parameters", "annualised", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """√(mean of ln(high ÷ low)² ÷ (4 ln 2) * 252) over the last complete sessions; NaN with too few.

    Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, Journal of
    Business 53 (1980): the diffusion constant by E[l²] = 4 ln 2 D, l the range of the log price, no drift.
    The move from the previous close to the open, and so a distribution, is not seen.
    """
    session = moves(panel.tail(lookback(parameters)))
    variances = np.square(session.high - session.low) / (4 * math.log(2))
    return annualised_mean(variances, parameters.window)
