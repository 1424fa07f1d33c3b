"""The cash that is left when every trade is executed at its limit price, against a hard limit.

The check `cash` compares the same cash with the policy's buffer, and forgives what a dropped small sell
explains.
"""

from math import nan

from quant.checks import CheckContext, Finding
from quant.checks._judge import at_least
from quant.policy.policy import Limits
from quant.risk.exposure import cash_after

CHECK = "min_cash"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio: cash ÷ value; only buys make it worse."""
    if limits.min_cash is None:
        return []
    value = context.book.value
    share = cash_after(context.book, context.trades) / value if value > 0 else nan
    buys = frozenset(trade.symbol for trade in context.trades if trade.side == "BUY")
    what = "cash after the trades, at limit prices, as a share of value,"
    return [at_least(CHECK, "portfolio", what, share, limits.min_cash, holds=buys)]
