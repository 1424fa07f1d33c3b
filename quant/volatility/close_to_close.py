"""Rolling close-to-close volatility: the sample standard deviation of the last log total returns."""

from dataclasses import dataclass

import numpy as np

from quant.panel import Floats, Panel
from quant.returns import ANNUALISATION, last_known, log_returns


@dataclass(frozen=True)
class Parameters:
    """`window`: the number of daily returns, at least 2."""

    window: int = 20


def lookback(parameters: Parameters) -> int:
    """Twice the window and one, so that up to `window` missing bars do not cost the estimate."""
    return 2 * parameters.window + 1


def window(parameters: Parameters) -> int | None:
    return parameters.window


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """Standard deviation (ddof 1) of the last `window` accepted returns * √252; NaN with fewer of them."""
    returns = log_returns(panel.tail(lookback(parameters)).total)
    daily: Floats = np.std(last_known(returns, parameters.window), axis=0, ddof=1)
    return daily * ANNUALISATION
