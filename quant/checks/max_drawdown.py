"""Drawdown of the current weights, backcast over 252 sessions (quant.risk)."""

from quant.checks import CheckContext, Finding
from quant.checks._backcast import backcast
from quant.policy.policy import Limits
from quant.risk.measures import backcast_drawdown

CHECK = "max_drawdown"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it."""
    what = "drawdown of the current weights"
    return backcast(CHECK, what, context, (), backcast_drawdown, limits.max_drawdown)
