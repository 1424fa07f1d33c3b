"""Volatility a year of the weights after the trades, backcast over 252 sessions (quant.risk)."""

from quant.checks import CheckContext, Measured
from quant.checks._backcast import backcast
from quant.risk.measures import backcast_volatility

CHECK = "max_volatility"
REFERENCE = "ESMA RTS 6 Art. 15(4)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it."""
    what = "volatility a year of the weights after the trades"
    return backcast(
        CHECK, what, context, backcast_volatility, context.inputs.limits.max_volatility, after=True
    )
