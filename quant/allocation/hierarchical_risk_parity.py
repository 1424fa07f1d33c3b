"""Hierarchical risk parity: risk is shared out down a tree of what moves together; nothing is inverted."""

from quant.allocation import Problem
from quant.allocation._skfolio import INVESTED, SETTINGS, optimised, window
from quant.market.panel import Floats

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]


def weights(problem: Problem) -> Floats:
    """Recursive bisection by inverse variance, without limits: the nearest weights inside them are taken.

    Limits inside the bisection would leave nothing for some branches. López de Prado, Building Diversified
    Portfolios that Outperform Out of Sample, Journal of Portfolio Management 42 (2016).
    """
    return optimised("HierarchicalRiskParity", problem, limited=False)
