"""Beta against the benchmark of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from functools import partial

from quant.checks import CheckContext, Finding
from quant.checks._backcast import backcast
from quant.policy.policy import Limits
from quant.risk.measures import beta

CHECK = "max_beta"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; it holds the trades that, each alone, raise beta.

    Unknown without a benchmark.
    """
    what = "beta of the weights after the trades"
    measure = partial(beta, benchmark=context.benchmark)
    return backcast(
        CHECK, what, context, context.trades, measure, limits.max_beta, beside=context.benchmark, shown=".4f"
    )
