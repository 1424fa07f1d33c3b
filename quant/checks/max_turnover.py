"""The turnover of all trades: (buys + sells) ÷ (2 * value), at the close."""

from math import nan

from quant.checks import CheckContext, Finding
from quant.checks._judge import at_most
from quant.policy.policy import Limits

CHECK = "max_turnover"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; every trade adds to it, so that a breach holds the whole rebalance."""
    if limits.max_turnover is None:
        return []
    value = context.book.value
    turnover = sum(trade.notional for trade in context.trades) / (2 * value) if value > 0 else nan
    holds = frozenset(context.book.symbols) if context.trades else frozenset[str]()
    return [at_most(CHECK, "portfolio", "turnover of all trades", turnover, limits.max_turnover, holds=holds)]
