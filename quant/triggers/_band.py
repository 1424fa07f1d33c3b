"""A drift against its absolute and relative band, for instruments and asset classes alike."""

from quant.book.drift import Drift, bounds
from quant.triggers import Evaluated, Situation


def against_band(situation: Situation, row: Drift, trigger: str) -> Evaluated:
    """|drift| > min(absolute, relative × target), by the row's own bounds."""
    value = abs(row.drift)
    absolute, relative = bounds(situation.book, situation.policy, row.level, row.key)
    sign = ">" if row.breached else "≤"
    band = f"min({absolute:g}, {relative:g} × {row.target:g}) = {row.band:g}"
    rule = f"|drift| of {row.key} {value:.4f} {sign} {band}"
    return Evaluated(row.level, trigger, row.key, value, row.band, row.breached, rule)
