"""Beta against the benchmark of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from functools import partial

from quant.checks import Finding, Gate
from quant.checks._backcast import backcast
from quant.policy.policy import Limits
from quant.risk.measures import beta

CHECK = "max_beta"
REFERENCE = "house"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; it holds the trades that, each alone, raise beta.

    Unknown without a benchmark.
    """
    what = "beta of the weights after the trades"
    measure = partial(beta, benchmark=gate.benchmark)
    return backcast(
        CHECK, what, gate, gate.trades, measure, limits.max_beta, beside=gate.benchmark, shown=".4f"
    )
