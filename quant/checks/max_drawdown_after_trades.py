"""Drawdown of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from quant.checks import CheckContext, Measured
from quant.checks._backcast import backcast
from quant.risk.measures import backcast_drawdown

CHECK = "max_drawdown_after_trades"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it."""
    what = "drawdown of the weights after the trades"
    return backcast(CHECK, what, context, backcast_drawdown, context.inputs.limits.max_drawdown, after=True)
