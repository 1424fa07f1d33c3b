"""The value of each order at the close, in currency."""

from quant.checks import Finding, Gate
from quant.checks._judge import at_most
from quant.policy import Limits

CHECK = "max_order_value"
REFERENCE = "SEC 15c3-5(c)(1)(ii); ESMA RTS 6 Art. 15(1)(b)"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding per trade; the order itself, bought or sold, is what is too large."""
    if limits.max_order_value is None:
        return []
    return [
        at_most(
            CHECK,
            trade.symbol,
            f"value of the {trade.symbol} order",
            trade.notional,
            limits.max_order_value,
            holds=frozenset({trade.symbol}),
            shown=",.2f",
        )
        for trade in gate.trades
    ]
