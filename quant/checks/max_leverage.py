"""Gross exposure ÷ value after the trades: 1 is fully invested, without debt and short positions."""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._weights import of_weights
from quant.risk.exposure import gross

CHECK = "max_leverage"
REFERENCE = "SEC 15c3-5(c)(1)(i)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio; it holds the trades that, each alone, raise gross exposure."""
    limit = context.inputs.limits.max_leverage
    if limit is None:
        return []
    what = "gross exposure after the trades ÷ value"
    return [of_weights(CHECK, what, context, gross, np.abs, limit, shown=".4f")]
