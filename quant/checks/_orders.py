"""What the checks of single orders share: a number of each order, against one limit."""

from collections.abc import Callable

from quant.checks import CheckContext, Measured
from quant.checks._judge import at_most
from quant.market.panel import Floats


def of_orders(
    check: str,
    context: CheckContext,
    what: Callable[[str, str], str],
    value: Floats,
    limit: float,
    *,
    shown: str = ".2%",
) -> list[Measured]:
    """`value`, shape (rows, symbols), of each order, which a breach holds alone.

    `what` names the number of an order of a symbol and side ("BUY", "SELL"); `shown` and NaN as in `at_most`.
    """

    def named(row: int, column: int) -> str:
        side = "BUY" if context.bought[row, column] else "SELL"
        return what(context.holdings.book.symbols[column], side)

    traded = context.traded
    return [
        at_most(check, None, named, value, limit, holds=traded, shown=shown, present=traded, by_trade=True)
    ]
