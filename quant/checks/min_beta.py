"""Beta against the benchmark of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from functools import partial

from quant.checks import CheckContext, Finding
from quant.checks._judge import at_least
from quant.market.panel import Floats
from quant.policy.policy import Limits
from quant.risk.exposure import raising
from quant.risk.marginal import of_past
from quant.risk.measures import beta

CHECK = "min_beta"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; it holds the trades that, each alone, lower beta.

    Unknown without a benchmark.
    """
    if limits.min_beta is None:
        return []

    def opposite(weights: Floats, returns: Floats) -> float:
        return -beta(weights, returns, context.benchmark)

    value = -opposite(context.weights_after, context.returns)
    holds = frozenset[str]()
    if value < limits.min_beta:
        estimator = of_past(opposite, context.returns, context.benchmark)
        holds = raising(context.book, context.trades, partial(opposite, returns=context.returns), estimator)
    what = "beta of the weights after the trades"
    return [at_least(CHECK, "portfolio", what, value, limits.min_beta, holds=holds, shown=".4f")]
