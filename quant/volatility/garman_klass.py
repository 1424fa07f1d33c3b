"""The Garman-Klass volatility: from high and low, corrected by the move from open to close."""

from quant.market.panel import Floats, Panel
from quant.volatility import _ranges
from quant.volatility._window import Parameters, lookback, window

__all__ = ["Parameters", "annualised", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """√(mean of ½ (u - d)² - (2 ln 2 - 1) c² * 252) over the last complete sessions; NaN with too few.

    Garman and Klass, On the Estimation of Security Price Volatilities from Historical Data, Journal of
    Business 53 (1980): their practical estimator σ̂₅². The best of them, σ̂₄² = 0.511 (u - d)²
    - 0.019 (c (u + d) - 2 u d) - 0.383 c², is hardly more efficient, and its constants are rounded; those of
    σ̂₅² are exact. No drift is assumed. The move from the previous
    close to the open, and so a distribution, is not seen.
    """
    variances = _ranges.garman_klass(_ranges.moves(panel.tail(lookback(parameters))))
    return _ranges.annualised_mean(variances, parameters.window)
