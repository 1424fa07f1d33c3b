"""The cash that is left when every trade is executed at its limit price, against a hard limit.

The check `cash` compares the same cash with the policy's buffer, and forgives what a dropped small sell
explains.
"""

from quant.checks import CheckContext, Measured
from quant.checks._judge import at_least

CHECK = "min_cash"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio: cash ÷ value; only buys make it worse."""
    limit = context.inputs.limits.min_cash
    if limit is None:
        return []
    what = "cash after the trades, at limit prices, as a share of value,"
    return [at_least(CHECK, "portfolio", what, context.cash_share, limit, holds=context.bought)]
