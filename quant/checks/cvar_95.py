"""One-day CVaR 95% of the weights after the trades, backcast over 500 sessions (quant.risk)."""

from quant.checks import CheckContext, Measured
from quant.checks._backcast import backcast
from quant.risk.measures import historical_cvar

CHECK = "cvar_95"
REFERENCE = "ESMA RTS 6 Art. 15(4)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it."""
    what = "one-day CVaR 95% of the weights after the trades"
    return backcast(CHECK, what, context, historical_cvar, context.inputs.limits.cvar_95, after=True)
