"""Volatility target: the strategic weights, scaled down while markets are wilder than wanted; never up."""

from collections.abc import Mapping

import numpy as np

from quant.allocation import Problem
from quant.allocation._skfolio import window
from quant.errors import FitError
from quant.market.panel import Floats
from quant.market.returns import ANNUALISATION
from quant.risk.covariance import ledoit_wolf

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]

SETTINGS: Mapping[str, str | None] = {"window": None, "volatility_target": "0.10"}
INVESTED = False


def weights(problem: Problem) -> Floats:
    """The strategic weights × min(1, target ÷ volatility of the strategic weights a year); the rest is cash.

    Moreira and Muir, Volatility-Managed Portfolios, Journal of Finance 72 (2017), with volatility for
    variance and without leverage.
    """
    wanted, strategic = problem.policy.volatility_target, problem.strategic
    assert wanted is not None  # config refuses a portfolio file without it
    volatility = np.sqrt(strategic @ ledoit_wolf(problem.returns) @ strategic) * ANNUALISATION
    if not volatility > 0:
        raise FitError("the strategic weights have no volatility in the window")
    return strategic * min(1.0, wanted / float(volatility))
