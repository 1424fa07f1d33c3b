"""The adaptive signal of the strategy note: is the last price change large by the symbol's own measure?"""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Panel
from quant.market.returns import accepted, last_known, previous
from quant.signals import Action, Reading


@dataclass(frozen=True)
class Parameters:
    """`differences`: the number of price changes, the session's own included."""

    differences: int = 20


def lookback(parameters: Parameters) -> int:
    """Twice the differences and one, so that as many missing bars do not cost the reading."""
    return 2 * parameters.differences + 1


def decide(change: float, deviation: float) -> Action:
    """Buy when the change is above one standard deviation, Sell when below minus one, else Hold."""
    if change > deviation:
        return "Buy"
    return "Sell" if change < -deviation else "Hold"


def compute(panel: Panel, parameters: Parameters) -> list[Reading]:
    """Last change of the split-adjusted close ÷ population standard deviation of the last changes.

    Changes run between accepted closes. NaN and no action with too few of them or when the session has no
    close. The value is NaN, but the action stands, when all changes are equal: the deviation is 0 and the
    ratio undefined.
    """
    closes = accepted(panel.tail(lookback(parameters)).close)
    changes = closes - previous(closes)
    deviation = np.std(last_known(changes, parameters.differences), axis=0)
    return [
        _reading(symbol, change, spread)
        for symbol, change, spread in zip(
            panel.symbols, changes[-1].tolist(), deviation.tolist(), strict=True
        )
    ]


def _reading(symbol: str, change: float, deviation: float) -> Reading:
    if np.isnan(change) or np.isnan(deviation):
        return Reading(symbol, np.nan)
    return Reading(symbol, change / deviation if deviation else np.nan, decide(change, deviation))
