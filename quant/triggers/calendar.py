"""The calendar asks for a rebalance: the session is the first of its month, quarter or year."""

import numpy as np

from quant.triggers import Measured, Situation


def measure(situation: Situation) -> list[Measured]:
    """One for the portfolio, where the policy sets a calendar; `value` 1 on the first session, else 0."""
    period, due = situation.policy.calendar, situation.calendar_due
    if period == "none":
        return []
    rule = f"calendar = {period}: the session is {'' if due else 'not '}the first of its period"
    shape = len(situation.holdings.cash), 1
    value, limit, fired = np.full(shape, float(due)), np.ones(shape), np.full(shape, due)
    return [Measured("portfolio", "calendar", None, value, limit, fired, lambda *_: rule)]
