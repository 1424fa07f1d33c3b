"""The value of all orders together at the close, in currency."""

from quant.checks import Finding, Gate
from quant.checks._judge import at_most
from quant.policy.policy import Limits

CHECK = "max_notional"
REFERENCE = "SEC 15c3-5(c)(1)(i)"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; every trade adds to it, so that a breach holds the whole rebalance."""
    if limits.max_notional is None:
        return []
    notional = sum((trade.notional for trade in gate.trades), 0.0)
    holds = frozenset(gate.book.symbols) if gate.trades else frozenset[str]()
    what = "value of all orders"
    return [at_most(CHECK, "portfolio", what, notional, limits.max_notional, holds=holds, shown=",.2f")]
