"""One-day VaR 95% of the weights after the trades, backcast over 500 sessions (quant.risk)."""

from quant.checks import CheckContext, Finding
from quant.checks._backcast import backcast
from quant.policy.policy import Limits
from quant.risk.measures import historical_var

CHECK = "var_95_after_trades"
REFERENCE = "ESMA RTS 6 Art. 15(4)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it."""
    what = "one-day VaR 95% of the weights after the trades"
    return backcast(CHECK, what, context, context.trades, historical_var, limits.var_95)
