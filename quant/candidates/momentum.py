"""Momentum 12-1: what a symbol earned over the year before the last month.

Jegadeesh and Titman, Returns to Buying Winners and Selling Losers, Journal of Finance 48:1 (1993); the last
month is left out because returns of a month tend to reverse.
"""

from dataclasses import dataclass

from quant.market.panel import Panel
from quant.market.returns import accepted, fill_forward
from quant.signals import Reading


@dataclass(frozen=True)
class Parameters:
    """In sessions: how far it looks back, and how many of the last ones are left out."""

    sessions: int = 252
    left_out: int = 21


def lookback(parameters: Parameters) -> int:
    """One price more than returns."""
    return parameters.sessions + 1


def compute(panel: Panel, parameters: Parameters) -> list[Reading]:
    """The total return from a year before to a month before, as a fraction; no action.

    NaN where either price is not known; a missing close is that of the session before.
    """
    totals = fill_forward(accepted(panel.tail(lookback(parameters)).total))
    if len(totals) < lookback(parameters):
        return [Reading(symbol, float("nan")) for symbol in panel.symbols]
    earned = totals[-1 - parameters.left_out] / totals[0] - 1
    return [Reading(symbol, value) for symbol, value in zip(panel.symbols, earned.tolist(), strict=True)]
