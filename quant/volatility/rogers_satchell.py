"""The Rogers-Satchell volatility: from open, high, low and close, whatever the drift."""

from quant.market.panel import Floats, Panel
from quant.volatility import _ranges
from quant.volatility._window import Parameters, lookback, window

__all__ = ["Parameters", "annualised", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """√(mean of u (u - c) + d (d - c) * 252) over the last complete sessions; NaN with too few.

    Rogers and Satchell, Estimating Variance from High, Low and Closing Prices, Annals of Applied Probability
    1 (1991): unbiased for any drift; a session that only rises or only falls has none. The move from the
    previous close to the open, and so a distribution, is not seen.
    """
    variances = _ranges.rogers_satchell(_ranges.moves(panel.tail(lookback(parameters))))
    return _ranges.annualised_mean(variances, parameters.window)
