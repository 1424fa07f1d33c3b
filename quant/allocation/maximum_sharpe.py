"""Maximum Sharpe ratio: the most expected return for its volatility, inside the limits."""

from collections.abc import Mapping

from quant.allocation import Problem
from quant.allocation._skfolio import INVESTED, optimised, window
from quant.errors import FitError
from quant.market.panel import Floats

__all__ = ["INVESTED", "SETTINGS", "weights", "window"]

SETTINGS: Mapping[str, str | None] = {"window": None, "expected_return": None}


def weights(problem: Problem) -> Floats:
    """The maximum of w'μ ÷ √(w'Σw), over a risk-free rate of 0.

    Sharpe, Mutual Fund Performance, Journal of Business 39 (1966). Means of returns are so uncertain that the
    plain ones choose what was lucky: μ is shrunk towards what all assets have in common, after Jorion,
    Bayes-Stein Estimation for Portfolio Analysis, Journal of Financial and Quantitative Analysis 21 (1986),
    or James and Stein (1961), as `expected_return` says; "mean" leaves them as they are.

    Raises:
        FitError: no mix is expected to earn anything.
    """
    expected = problem.policy.expected_return
    try:
        return optimised("MeanRisk", problem, objective="MAXIMIZE_RATIO", expected=expected)
    except FitError as error:
        raise FitError(f"perhaps no mix is expected to earn anything: {error}") from None
