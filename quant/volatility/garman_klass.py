"""The Garman-Klass volatility: from high and low, corrected by the move from open to close."""

import math

import numpy as np

from quant.panel import Floats, Panel
from quant.volatility._ranges import annualised_mean, moves
from quant.volatility._window import Parameters, lookback, window

__all__ = ["Parameters", "annualised", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """√(mean of ½ (u - d)² - (2 ln 2 - 1) c² * 252) over the last complete sessions; NaN with too few.

    Garman and Klass, On the Estimation of Security Price Volatilities from Historical Data, Journal of
    Business 53 (1980): their practical estimator σ̂₅². The best of them, σ̂₄² = 0.511 (u - d)²
    - 0.019 (c (u + d) - 2 u d) - 0.383 c², is hardly more efficient, and its constants are rounded; those of
    σ̂₅² are exact, and it is never negative, as |c| ≤ u - d. No drift is assumed. The move from the previous
    close to the open, and so a distribution, is not seen.
    """
    session = moves(panel.tail(lookback(parameters)))
    ranges, body = np.square(session.high - session.low), np.square(session.close)
    return annualised_mean(ranges / 2 - (2 * math.log(2) - 1) * body, parameters.window)
