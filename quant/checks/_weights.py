"""What the checks of weights share: a measure that is a sum over them, against its limit."""

from collections.abc import Callable

import numpy as np

from quant.book.holdings import Mask
from quant.checks import CheckContext, Measured
from quant.checks._judge import What, at_most
from quant.market.panel import Floats
from quant.risk.exposure import raising_sum

Sum = Callable[[Floats], Floats]


def of_weights(
    check: str,
    what: What,
    context: CheckContext,
    measure: Sum,
    part: Sum,
    limit: float,
    *,
    scope: str = "portfolio",
    shown: str = ".2%",
) -> Measured:
    """`measure` of the weights after the trades against an upper limit.

    It gives a number for each row of weights, (rows, symbols) to (rows,), and `part` what each weight adds to
    it. A breach holds the trades that, each alone, raise the measure of the current weights. `what`, `shown`
    and NaN as in `at_most`.
    """
    value = measure(context.weights_after)
    return at_most(
        check, scope, what, value, limit, holds=raised(context, measure, part, value > limit), shown=shown
    )


def raised(context: CheckContext, measure: Sum, part: Sum, rows: Mask) -> Mask:
    """The trades of some `rows` that, each alone, raise a sum of the current weights."""
    holds = np.zeros(context.quantity.shape, bool)
    if rows.any():
        now, moved = context.holdings.weights[rows], context.weights_after[rows]
        holds[rows] = raising_sum(now, moved, context.traded[rows], measure, part)
    return holds
