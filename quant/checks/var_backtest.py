"""Whether a rolling VaR 95% was breached as often as it should be: Kupiec's test (quant.risk)."""

from math import isnan, nan

from quant.book.drift import actual_weights
from quant.checks import CheckContext, Finding
from quant.checks._judge import at_least
from quant.policy.policy import Limits
from quant.risk.measures import backcast
from quant.risk.var_backtest import kupiec_p, rolling_breaches

CHECK = "var_backtest"
REFERENCE = "Kupiec 1995"
WINDOW, SESSIONS = 250, 250


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio: how likely so unusual a number of breaches is, were the VaR right.

    The current weights on the last 500 sessions: each of the last 250 against the VaR of the 250 before it.
    It warns of too many and of too few, and never holds: no trade makes the model better. Unknown with fewer
    sessions, and without a position.
    """
    if limits.var_backtest_p is None:
        return []
    weights = actual_weights(context.book)
    losses = -backcast(weights, context.returns, WINDOW + SESSIONS)
    what = "p-value of the breaches of the rolling VaR 95%"
    p = nan
    if weights.any() and not isnan(losses[0]):
        breaches = int(rolling_breaches(losses, WINDOW).sum())
        p = kupiec_p(breaches, SESSIONS, 0.05)
        what += f" ({breaches} in {SESSIONS} sessions, {SESSIONS * 0.05:.1f} expected)"
    return [at_least(CHECK, "portfolio", what, p, limits.var_backtest_p, holds=frozenset())]
