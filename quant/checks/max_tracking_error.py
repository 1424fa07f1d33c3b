"""Tracking error a year of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from functools import partial

from quant.checks import CheckContext, Measured
from quant.checks._backcast import backcast
from quant.risk.measures import tracking_error

CHECK = "max_tracking_error"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it.

    Unknown without a benchmark.
    """
    what = "tracking error a year of the weights after the trades"
    benchmark, limit = context.inputs.evidence.benchmark, context.inputs.limits.max_tracking_error
    against = partial(tracking_error, benchmark=benchmark)
    return backcast(CHECK, what, context, against, limit, after=True, beside=benchmark)
