"""What the checks by backcast share: a measure of each row's weights on past returns, against its limit."""

from collections.abc import Callable

import numpy as np

from quant.book.holdings import Mask
from quant.checks import CheckContext, Measured
from quant.checks._judge import at_most
from quant.market.panel import Floats
from quant.risk.exposure import raising
from quant.risk.marginal import of_past
from quant.risk.measures import Backcast, whole

Measure = Callable[[Floats, Floats], float]
"""A number, from the weights of one row and returns as in quant/risk/measures.py."""


def backcast(
    check: str,
    what: str,
    context: CheckContext,
    measure: Measure,
    limit: float | None,
    *,
    after: bool,
    beside: Floats | None = None,
    shown: str = ".2%",
) -> list[Measured]:
    """`measure` of the weights, `after` the trades or before: one finding for each row.

    None without a limit. A breach holds the trades that, each alone, raise the measure of the current
    weights. `beside` is the series, if any, that the measure compares with on each session. `what`, `shown`
    and NaN as in `at_most`.
    """
    if limit is None:
        return []
    value = of_rows(context, measure, after=after)
    holds = raised(context, measure, value > limit, beside)
    return [at_most(check, "portfolio", what, value, limit, holds=holds, shown=shown)]


def of_rows(context: CheckContext, measure: Measure, *, after: bool) -> Floats:
    """A measure of each row's weights, shape (rows,): of many rows at once where no return is missing."""
    weights = context.weights_after if after else context.holdings.weights
    returns = context.inputs.evidence.returns
    if not context.holdings.single and isinstance(measure, Backcast) and whole(returns, measure.sessions):
        key = after, measure.sessions
        if key not in context.known_past:
            context.known_past[key] = weights @ returns[-measure.sessions :].T
        return measure.of(context.known_past[key])
    return np.array([measure(row, returns) for row in weights])


def raised(context: CheckContext, measure: Measure, rows: Mask, beside: Floats | None = None) -> Mask:
    """The trades of some `rows` that, each alone, raise a measure of the current weights; row by row."""
    holds = np.zeros(context.quantity.shape, bool)
    returns = context.inputs.evidence.returns
    for row in np.flatnonzero(rows & context.trades[:, 0]).tolist():
        holds[row] = raising(
            context.holdings.weights[row],
            context.weights_after[row],
            context.traded[row],
            lambda weights: measure(weights, returns),
            of_past(measure, returns, beside),
        )
    return holds
