"""One-day VaR 95% of the weights after the trades, backcast over 500 sessions (quant/risk.py)."""

from functools import partial

from quant.checks import Finding, Gate
from quant.checks._judge import after_trades
from quant.policy import Limits
from quant.risk import historical_var

CHECK = "var_95_after_trades"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it."""
    if limits.var_95 is None:
        return []
    measure = partial(historical_var, returns=gate.returns)
    return [
        after_trades(CHECK, "one-day VaR 95% of the weights after the trades", gate, measure, limits.var_95)
    ]
