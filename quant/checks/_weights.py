"""What the checks of a book's weights share: a measure of them, against its limit."""

from collections.abc import Callable

from quant.checks import CheckContext, Finding
from quant.checks._judge import at_most
from quant.market.panel import Floats
from quant.risk.exposure import raising
from quant.risk.marginal import Estimator


def of_weights(
    check: str,
    what: str,
    context: CheckContext,
    weights: Floats,
    measure: Callable[[Floats], float],
    estimator: Estimator,
    limit: float,
    *,
    scope: str = "portfolio",
    shown: str = ".2%",
) -> Finding:
    """`measure` of `weights` against an upper limit; `estimator` as quant/risk/marginal.py makes it.

    A breach holds the trades that, each alone, raise the measure of the current weights. `what`, `shown` and
    NaN as in `at_most`.
    """
    value = measure(weights)
    # One more measure per trade: only where something is to be held.
    holds = raising(context.book, context.trades, measure, estimator) if value > limit else frozenset[str]()
    return at_most(check, scope, what, value, limit, holds=holds, shown=shown)
