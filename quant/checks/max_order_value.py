"""The value of each order at the close, in currency."""

from quant.checks import CheckContext, Measured
from quant.checks._orders import of_orders

CHECK = "max_order_value"
REFERENCE = "SEC 15c3-5(c)(1)(ii); ESMA RTS 6 Art. 15(1)(b)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per trade; the order itself, bought or sold, is what is too large."""
    limit = context.inputs.limits.max_order_value
    if limit is None:
        return []
    return of_orders(
        CHECK,
        context,
        lambda symbol, _: f"value of the {symbol} order",
        context.notional,
        limit,
        shown=",.2f",
    )
