"""The value of each order at the close, in currency."""

from quant.book.book import Trade
from quant.checks import CheckContext, Finding
from quant.checks._orders import of_orders
from quant.policy.policy import Limits

CHECK = "max_order_value"
REFERENCE = "SEC 15c3-5(c)(1)(ii); ESMA RTS 6 Art. 15(1)(b)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per trade; the order itself, bought or sold, is what is too large."""

    def measure(trade: Trade) -> tuple[str, float]:
        return f"value of the {trade.symbol} order", trade.notional

    return of_orders(CHECK, context, measure, limits.max_order_value, shown=",.2f")
