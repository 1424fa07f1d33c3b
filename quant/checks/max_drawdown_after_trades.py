"""Drawdown of the weights after the trades, backcast over 252 sessions (quant/risk.py)."""

from functools import partial

from quant.checks import Finding, Gate
from quant.checks._judge import after_trades
from quant.policy import Limits
from quant.risk import backcast_drawdown

CHECK = "max_drawdown_after_trades"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding for the portfolio, a share of value; it holds the trades that, each alone, raise it."""
    if limits.max_drawdown is None:
        return []
    measure = partial(backcast_drawdown, returns=gate.returns)
    return [
        after_trades(CHECK, "drawdown of the weights after the trades", gate, measure, limits.max_drawdown)
    ]
