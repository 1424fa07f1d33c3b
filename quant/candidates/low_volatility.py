"""Low volatility: the calmer a symbol was over a year, the higher the value.

Blitz and van Vliet, The Volatility Effect, Journal of Portfolio Management 34:1 (2007).
"""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Panel
from quant.market.returns import ANNUALISATION, last_known, log_returns
from quant.signals import Reading


@dataclass(frozen=True)
class Parameters:
    """`returns`: how many daily ones are looked at."""

    returns: int = 252


def lookback(parameters: Parameters) -> int:
    """One price more than returns, and a tenth for sessions without a price."""
    return parameters.returns + parameters.returns // 10 + 1


def compute(panel: Panel, parameters: Parameters) -> list[Reading]:
    """Less the standard deviation (ddof 1) of the last daily log returns × √252; no action.

    NaN with fewer returns.
    """
    returns = last_known(log_returns(panel.tail(lookback(parameters)).total), parameters.returns)
    values = -np.std(returns, axis=0, ddof=1) * ANNUALISATION
    return [Reading(symbol, value) for symbol, value in zip(panel.symbols, values.tolist(), strict=True)]
