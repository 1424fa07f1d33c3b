"""Beta against the benchmark of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from quant.checks import CheckContext, Measured
from quant.checks._backcast import of_rows, raised
from quant.checks._judge import at_least
from quant.market.panel import Floats
from quant.risk.measures import beta

CHECK = "min_beta"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio; it holds the trades that, each alone, lower beta.

    Unknown without a benchmark.
    """
    limit, benchmark = context.inputs.limits.min_beta, context.inputs.evidence.benchmark
    if limit is None:
        return []

    def opposite(weights: Floats, returns: Floats) -> float:
        return -beta(weights, returns, benchmark)

    value = -of_rows(context, opposite, after=True)
    holds = raised(context, opposite, value < limit, benchmark)
    what = "beta of the weights after the trades"
    return [at_least(CHECK, "portfolio", what, value, limit, holds=holds, shown=".4f")]
