"""Whether a rolling VaR 95% was breached as often as it should be: Kupiec's test (quant.risk)."""

from dataclasses import replace

import numpy as np

from quant.checks import CheckContext, Measured, Words
from quant.checks._judge import at_least
from quant.market.panel import Floats
from quant.risk.measures import backcast
from quant.risk.var_backtest import kupiec, rolling_breaches

CHECK = "var_backtest"
REFERENCE = "Kupiec 1995"
WINDOW, SESSIONS = 250, 250


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio: how likely so unusual a number of breaches is, were the VaR right.

    The current weights on the last 500 sessions: each of the last 250 against the VaR of the 250 before it.
    It warns of too many and of too few, and never holds: no trade makes the model better. Unknown with fewer
    sessions, and without a position.
    """
    limit, returns = context.inputs.limits.var_backtest_p, context.inputs.evidence.returns
    if limit is None:
        return []
    breaches = np.array([_breaches(row, returns) for row in context.holdings.weights])
    p = np.array([np.nan if np.isnan(one) else kupiec(int(one), SESSIONS, 0.05).p for one in breaches])

    def words(row: int, _: int) -> Words:
        counted = f" ({breaches[row]:.0f} in {SESSIONS} sessions, {SESSIONS * 0.05:.1f} expected)"
        what = f"p-value of the breaches of the rolling VaR 95%{'' if np.isnan(p[row]) else counted}"
        return Words(f"{what} is at least {limit:.2%}")

    holds = np.zeros(context.quantity.shape, bool)
    return [replace(at_least(CHECK, "portfolio", "", p, limit, holds=holds), words=words)]


def _breaches(weights: Floats, returns: Floats) -> float:
    """How often the VaR of the sessions before was exceeded by one row of weights; NaN: not known."""
    losses = -backcast(weights, returns, WINDOW + SESSIONS)
    if not weights.any() or np.isnan(losses[0]):
        return np.nan
    return float(rolling_breaches(losses, WINDOW).sum())
