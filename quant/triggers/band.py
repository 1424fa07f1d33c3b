"""An instrument's drift is beyond its absolute or relative band."""

from quant.triggers import Measured, Situation
from quant.triggers._band import against_band


def measure(situation: Situation) -> list[Measured]:
    """One for each symbol with a target; `value` and `limit` are shares of the portfolio's value."""
    return against_band(situation, "instrument", "band")
