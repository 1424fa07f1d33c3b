"""What the checks by backcast share: a measure of a book's weights on past returns, against its limit."""

from collections.abc import Callable, Sequence

from quant.book.book import Trade
from quant.book.drift import actual_weights
from quant.checks import CheckContext, Finding
from quant.checks._weights import of_weights
from quant.market.panel import Floats
from quant.risk.marginal import of_past

Measure = Callable[[Floats, Floats], float]
"""A number, from weights and returns as in quant/risk/measures.py."""


def backcast(
    check: str,
    what: str,
    context: CheckContext,
    trades: Sequence[Trade],
    measure: Measure,
    limit: float | None,
    *,
    beside: Floats | None = None,
    shown: str = ".2%",
) -> list[Finding]:
    """`measure` of the weights once `trades` (none, or all proposed) are done: one finding for the portfolio.

    None without a limit. `beside` is the series, if any, that the measure compares with on each session. What
    is held, `what`, `shown` and NaN as in `of_weights`.
    """
    if limit is None:
        return []

    def risk(weights: Floats) -> float:
        return measure(weights, context.returns)

    estimator = of_past(measure, context.returns, beside)
    weights = context.weights_after if trades else actual_weights(context.book)
    return [of_weights(check, what, context, weights, risk, estimator, limit, shown=shown)]
