"""Risk parity: each position contributes equally to the volatility, as far as the limits let it."""

from quant.allocation import Problem
from quant.allocation._skfolio import INVESTED, SETTINGS, optimised, window
from quant.panel import Floats

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]


def weights(problem: Problem) -> Floats:
    """Equal risk budgets: w_i (Σw)_i is the same for all; of two assets, inverse volatility.

    Maillard, Roncalli and Teïletche, The Properties of Equally Weighted Risk Contribution Portfolios,
    Journal of Portfolio Management 36 (2010); inside limits: Richard and Roncalli, Constrained Risk Budgeting
    Portfolios (2019).
    """
    return optimised("RiskBudgeting", problem)
