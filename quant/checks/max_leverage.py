"""Gross exposure ÷ value after the trades: 1 is fully invested, without debt and short positions."""

from quant.checks import CheckContext, Finding
from quant.checks._weights import of_weights
from quant.policy.policy import Limits
from quant.risk.exposure import GROSS, gross

CHECK = "max_leverage"
REFERENCE = "SEC 15c3-5(c)(1)(i)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; it holds the trades that, each alone, raise gross exposure."""
    if limits.max_leverage is None:
        return []
    what = "gross exposure after the trades ÷ value"
    limit = limits.max_leverage
    return [of_weights(CHECK, what, context, context.weights_after, gross, GROSS, limit, shown=".4f")]
