"""The drift of an asset class is beyond its absolute or relative band."""

from quant.triggers import Measured, Situation
from quant.triggers._band import against_band


def measure(situation: Situation) -> list[Measured]:
    """One for each asset class; `value` and `limit` are shares of the portfolio's value."""
    return against_band(situation, "asset_class", "class_band")
