"""An instrument has drifted further than its own volatility moves it in a month.

A fixed band is broken every other week by an equity fund in a crisis and never by a bond fund. The width that
is worth its costs grows with the volatility of what drifts: Leland, Optimal Asset Rebalancing in the Presence
of Transactions Costs (1996); Masters, Rebalancing, Journal of Portfolio Management 29:3 (2003).
"""

from math import isnan, sqrt

import numpy as np

from quant.book.drift import NOISE
from quant.triggers import Measured, Situation

MONTH = 21 / 252  # in years: sessions of a month ÷ sessions of a year


def measure(situation: Situation) -> list[Measured]:
    """One for each symbol with a target: |drift| > k × σ × √(21 / 252) × target, k = `volatility_band`.

    σ is the symbol's annualised volatility in its own currency; where it is not known the limit is NaN.
    """
    k, volatility = situation.policy.volatility_band, situation.past.volatility
    if k is None:
        return []
    symbols = situation.holdings.book.symbols
    places = situation.keys("instrument", targets=True)
    target = situation.drifts.bands.target[places]
    value = np.abs(situation.drifts.drift[:, places])
    known = np.full(len(symbols), np.nan) if volatility is None else volatility
    sigma = np.broadcast_to(known[..., places], value.shape)
    limit = np.broadcast_to(k * sigma * sqrt(MONTH) * target, value.shape)
    fired = value > limit + NOISE

    def rule(row: int, column: int) -> str:
        symbol, size, of = symbols[places[column]], value[row, column], sigma[row, column]
        if isnan(of):
            return f"the volatility of {symbol} is not known, so that it has no band"
        band = f"{k:g} × {of:.4f} × √(21 / 252) × {target[column]:g} = {limit[row, column]:.4f}"
        return f"|drift| of {symbol} {size:.4f} {'>' if fired[row, column] else '≤'} {band}"

    return [Measured("instrument", "volatility_band", places, value, limit, fired, rule)]
