"""A drift against its absolute and relative band, for instruments and asset classes alike."""

import numpy as np

from quant.book.drift import bounds
from quant.triggers import Level, Measured, Situation


def against_band(situation: Situation, level: Level, trigger: str) -> list[Measured]:
    """|drift| > min(absolute, relative × target), of each key with a target, by its own bounds."""
    drifts, bands = situation.drifts, situation.drifts.bands
    places = situation.keys(level, targets=True)
    value, fired = np.abs(drifts.drift[:, places]), drifts.breached[:, places]

    def rule(row: int, column: int) -> str:
        place = places[column]
        absolute, relative = bounds(bands.book, bands.policy, *bands.keys[place])
        sign = ">" if fired[row, column] else "≤"
        band = f"min({absolute:g}, {relative:g} × {bands.target[place]:g}) = {bands.band[place]:g}"
        return f"|drift| of {bands.keys[place][1]} {value[row, column]:.4f} {sign} {band}"

    limit = np.broadcast_to(bands.band[places], value.shape)
    return [Measured(level, trigger, places, value, limit, fired, rule)]
