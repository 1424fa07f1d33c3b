"""What the checks by backcast share: a measure of a book's weights on past returns, against its limit."""

from collections.abc import Callable, Sequence

from quant.book import Trade
from quant.checks import Finding, Gate
from quant.checks._judge import at_most
from quant.exposure import raising, weights_after
from quant.panel import Floats

Measure = Callable[[Floats, Floats], float]
"""A share of value, from weights and returns as in quant/risk.py."""


def backcast(
    check: str, what: str, gate: Gate, trades: Sequence[Trade], measure: Measure, limit: float | None
) -> list[Finding]:
    """`measure` of the weights once `trades` are done, one finding for the portfolio; none without a limit.

    A breach holds those of the gate's trades that, each alone, raise the measure of the current weights.
    `what` and NaN as in `at_most`.
    """
    if limit is None:
        return []

    def risk(weights: Floats) -> float:
        return measure(weights, gate.returns)

    value = risk(weights_after(gate.book, trades))
    holds = raising(gate.book, gate.trades, risk)
    return [at_most(check, "portfolio", what, value, limit, holds=holds)]
