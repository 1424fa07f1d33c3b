"""The value of all orders of all portfolios on the session, at the close, in the portfolio's currency."""

from math import nan

from quant.checks import CheckContext, Finding
from quant.checks._judge import at_most
from quant.policy.policy import Limits

CHECK = "max_notional_total"
REFERENCE = "SEC 15c3-5(c)(1)(i)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; every trade adds to it, so that a breach holds the whole rebalance.

    Unknown while another portfolio recommends orders in another currency.
    """
    if limits.max_notional_total is None:
        return []
    elsewhere = context.controls.notional_elsewhere
    notional = sum((trade.notional for trade in context.trades), nan if elsewhere is None else elsewhere)
    holds = frozenset(context.book.symbols) if context.trades else frozenset[str]()
    what = "value of all orders of all portfolios on the session"
    return [at_most(CHECK, "portfolio", what, notional, limits.max_notional_total, holds=holds, shown=",.2f")]
