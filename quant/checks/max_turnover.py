"""The turnover of all trades: (buys + sells) ÷ (2 * value), at the close."""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._judge import at_most

CHECK = "max_turnover"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio; every trade adds to it, so that a breach holds the whole rebalance."""
    limit, value = context.inputs.limits.max_turnover, context.holdings.value
    if limit is None:
        return []
    turnover = context.total(context.notional) / (2 * np.where(value > 0, value, np.nan))
    holds = np.broadcast_to(context.trades, context.quantity.shape)
    return [at_most(CHECK, "portfolio", "turnover of all trades", turnover, limit, holds=holds)]
