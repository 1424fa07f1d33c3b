"""The value of all orders together at the close, in currency."""

from quant.checks import CheckContext, Finding
from quant.checks._judge import at_most
from quant.policy.policy import Limits

CHECK = "max_notional"
REFERENCE = "SEC 15c3-5(c)(1)(i)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; every trade adds to it, so that a breach holds the whole rebalance."""
    if limits.max_notional is None:
        return []
    notional = sum((trade.notional for trade in context.trades), 0.0)
    holds = frozenset(context.book.symbols) if context.trades else frozenset[str]()
    what = "value of all orders"
    return [at_most(CHECK, "portfolio", what, notional, limits.max_notional, holds=holds, shown=",.2f")]
