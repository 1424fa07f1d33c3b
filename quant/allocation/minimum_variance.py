"""Minimum variance: the least volatile weights inside the limits."""

from quant.allocation import Problem
from quant.allocation._skfolio import INVESTED, SETTINGS, optimised, window
from quant.market.panel import Floats

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]


def weights(problem: Problem) -> Floats:
    """The minimum of w'Σw. Markowitz, Portfolio Selection, Journal of Finance 7 (1952)."""
    return optimised("MeanRisk", problem)
