"""A holding has no target: however little is held is too much."""

import numpy as np

from quant.triggers import Measured, Situation


def measure(situation: Situation) -> list[Measured]:
    """One for each holding without a target; `value` is its weight, the limit 0."""
    drifts, places = situation.drifts, situation.keys("instrument", targets=False)
    value, fired = drifts.actual[:, places], drifts.breached[:, places]

    def rule(_: int, column: int) -> str:
        symbol = situation.holdings.book.symbols[places[column]]
        return f"{symbol} has no target: every holding without one is sold"

    return [Measured("instrument", "no_target", places, value, np.zeros(value.shape), fired, rule)]
