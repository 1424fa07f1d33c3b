"""Maximum diversification: the most mean volatility of the parts for one of the whole, inside the limits."""

from quant.allocation import Problem
from quant.allocation._skfolio import INVESTED, SETTINGS, optimised, window
from quant.market.panel import Floats

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]


def weights(problem: Problem) -> Floats:
    """The maximum of w'σ ÷ √(w'Σw); of uncorrelated assets, inverse volatility.

    Choueifaty and Coignard, Toward Maximum Diversification, Journal of Portfolio Management 35 (2008).
    """
    return optimised("MaximumDiversification", problem)
