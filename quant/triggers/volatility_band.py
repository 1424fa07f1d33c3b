"""An instrument has drifted further than its own volatility moves it in a month.

A fixed band is broken every other week by an equity fund in a crisis and never by a bond fund. The width that
is worth its costs grows with the volatility of what drifts: Leland, Optimal Asset Rebalancing in the Presence
of Transactions Costs (1996); Masters, Rebalancing, Journal of Portfolio Management 29:3 (2003).
"""

from math import isnan, sqrt

from quant.book.book import NO_CLASS
from quant.book.drift import NOISE, Drift
from quant.triggers import Evaluated, Situation

MONTH = 21 / 252  # in years: sessions of a month ÷ sessions of a year


def evaluate(situation: Situation) -> list[Evaluated]:
    """One for each symbol with a target: |drift| > k × σ × √(21 / 252) × target, k = `volatility_band`.

    σ is the symbol's annualised volatility in its own currency; where it is not known the limit is NaN.
    """
    k, volatility = situation.policy.volatility_band, situation.past.volatility
    if k is None:
        return []
    book = situation.book
    known = [float("nan")] * len(book.symbols) if volatility is None else volatility.tolist()
    rows = zip(situation.drifts, book.asset_classes, known, strict=False)  # the book's symbols come first
    return [_row(row, k, sigma) for row, name, sigma in rows if name != NO_CLASS]


def _row(row: Drift, k: float, sigma: float) -> Evaluated:
    value, limit = abs(row.drift), k * sigma * sqrt(MONTH) * row.target
    fired = value > limit + NOISE
    rule = (
        f"the volatility of {row.key} is not known, so that it has no band"
        if isnan(sigma)
        else f"|drift| of {row.key} {value:.4f} {'>' if fired else '≤'} "
        f"{k:g} × {sigma:.4f} × √(21 / 252) × {row.target:g} = {limit:.4f}"
    )
    return Evaluated("instrument", "volatility_band", row.key, value, limit, fired, rule)
