"""The value of all orders of all portfolios on the session, at the close, in the portfolio's currency."""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._judge import at_most

CHECK = "max_notional_total"
REFERENCE = "SEC 15c3-5(c)(1)(i)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio; every trade adds to it, so that a breach holds the whole rebalance.

    Unknown while another portfolio recommends orders in another currency.
    """
    limit, elsewhere = context.inputs.limits.max_notional_total, context.inputs.controls.notional_elsewhere
    if limit is None:
        return []
    notional = context.total(context.notional, np.nan if elsewhere is None else elsewhere)
    holds = np.broadcast_to(context.trades, context.quantity.shape)
    what = "value of all orders of all portfolios on the session"
    return [at_most(CHECK, "portfolio", what, notional, limit, holds=holds, shown=",.2f")]
