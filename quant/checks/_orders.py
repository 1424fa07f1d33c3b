"""What the checks of single orders share: a number of each trade, against one limit."""

from collections.abc import Callable

from quant.book.book import Trade
from quant.checks import CheckContext, Finding
from quant.checks._judge import at_most


def of_orders(
    check: str,
    context: CheckContext,
    measure: Callable[[Trade], tuple[str, float]],
    limit: float | None,
    *,
    shown: str = ".2%",
) -> list[Finding]:
    """One finding per trade, which a breach holds alone; none without a limit.

    `measure` names the number of a trade in words, and gives it; `shown` and NaN as in `at_most`.
    """
    if limit is None:
        return []
    return [
        at_most(check, trade.symbol, *measure(trade), limit, holds=frozenset({trade.symbol}), shown=shown)
        for trade in context.trades
    ]
