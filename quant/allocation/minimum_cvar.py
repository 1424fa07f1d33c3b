"""Minimum CVaR: the least mean loss of the worst twentieth of the sessions, inside the limits."""

from quant.allocation import Problem
from quant.allocation._skfolio import INVESTED, SETTINGS, optimised, window
from quant.market.panel import Floats

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]


def weights(problem: Problem) -> Floats:
    """The minimum of the historical CVaR at 95%, of the window's own returns, as a linear programme.

    Rockafellar and Uryasev, Optimization of Conditional Value-at-Risk, Journal of Risk 2 (2000).
    """
    from skfolio import RiskMeasure  # noqa: PLC0415  as in `_skfolio`

    return optimised("MeanRisk", problem, risk_measure=RiskMeasure.CVAR, cvar_beta=0.95)
