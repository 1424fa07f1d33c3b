"""Tracking error a year of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from functools import partial

from quant.checks import CheckContext, Finding
from quant.checks._backcast import backcast
from quant.policy.policy import Limits
from quant.risk.measures import tracking_error

CHECK = "max_tracking_error"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it.

    Unknown without a benchmark.
    """
    what = "tracking error a year of the weights after the trades"
    measure = partial(tracking_error, benchmark=context.benchmark)
    return backcast(
        CHECK, what, context, context.trades, measure, limits.max_tracking_error, beside=context.benchmark
    )
