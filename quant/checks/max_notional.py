"""The value of all orders together at the close, in currency."""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._judge import at_most

CHECK = "max_notional"
REFERENCE = "SEC 15c3-5(c)(1)(i)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio; every trade adds to it, so that a breach holds the whole rebalance."""
    limit, notional = context.inputs.limits.max_notional, context.notional
    if limit is None:
        return []
    holds = np.broadcast_to(context.trades, notional.shape)
    what = "value of all orders"
    return [at_most(CHECK, "portfolio", what, context.total(notional), limit, holds=holds, shown=",.2f")]
