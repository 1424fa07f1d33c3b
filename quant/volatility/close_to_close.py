"""Rolling close-to-close volatility: the sample standard deviation of the last log total returns."""

import numpy as np

from quant.market.panel import Floats, Panel
from quant.market.returns import ANNUALISATION, last_known, log_returns
from quant.volatility._window import Parameters, lookback, window

__all__ = ["Parameters", "annualised", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """Standard deviation (ddof 1) of the last `window` accepted returns * √252; NaN with fewer of them."""
    returns = log_returns(panel.tail(lookback(parameters)).total)
    daily: Floats = np.std(last_known(returns, parameters.window), axis=0, ddof=1)
    return daily * ANNUALISATION
