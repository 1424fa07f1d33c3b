"""The quantity of each order, in shares."""

from quant.checks import Finding, Gate
from quant.checks._judge import at_most
from quant.policy import Limits

CHECK = "max_order_quantity"
REFERENCE = "SEC 15c3-5(c)(1)(ii); ESMA RTS 6 Art. 15(1)(c)"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding per trade; the order itself, bought or sold, is what is too large."""
    if limits.max_order_quantity is None:
        return []
    return [
        at_most(
            CHECK,
            trade.symbol,
            f"shares of the {trade.symbol} order",
            trade.quantity,
            limits.max_order_quantity,
            holds=frozenset({trade.symbol}),
            shown=",.2f",
        )
        for trade in gate.trades
    ]
