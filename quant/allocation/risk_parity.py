"""Risk parity: each position contributes equally to the volatility."""

from quant.allocation import Problem
from quant.allocation._skfolio import INVESTED, SETTINGS, optimised, window
from quant.market.panel import Floats

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]


def weights(problem: Problem) -> Floats:
    """Equal risk budgets: w_i (Σw)_i is the same for all; of two assets, inverse volatility.

    Without limits: the nearest weights inside them are taken. With limits inside its optimisation, skfolio's
    answer has unequal risk even among the weights that no limit touches. Maillard, Roncalli and Teïletche,
    The Properties of Equally Weighted Risk Contribution Portfolios, Journal of Portfolio Management 36
    (2010).
    """
    return optimised("RiskBudgeting", problem, limited=False)
