"""Beta against the benchmark of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from functools import partial

from quant.checks import CheckContext, Measured
from quant.checks._backcast import backcast
from quant.risk.measures import beta

CHECK = "max_beta"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio; it holds the trades that, each alone, raise beta.

    Unknown without a benchmark.
    """
    what = "beta of the weights after the trades"
    benchmark, limit = context.inputs.evidence.benchmark, context.inputs.limits.max_beta
    against = partial(beta, benchmark=benchmark)
    return backcast(CHECK, what, context, against, limit, after=True, beside=benchmark, shown=".4f")
