"""Cash has come in or is missing: a deposit or a withdrawal is seen as cash away from its buffer."""

import numpy as np

from quant.book.drift import NOISE
from quant.triggers import Measured, Situation


def measure(situation: Situation) -> list[Measured]:
    """One for the portfolio: |cash ÷ value − buffer| > `cash_flow`; an overdraft fires at any size.

    `value` keeps its sign: above 0 cash waits to be invested, below 0 it is missing.
    """
    limit, holdings = situation.policy.cash_flow, situation.holdings
    if limit is None:
        return []
    share = (holdings.cash / np.where(holdings.value > 0, holdings.value, np.nan))[:, None]
    value = share - situation.policy.cash_buffer
    away = np.abs(value) > limit + NOISE

    def rule(row: int, column: int) -> str:
        side = "above" if value[row, column] > 0 else "below"
        sign = ">" if away[row, column] else "≤"
        overdraft = ", and cash is overdrawn" if share[row, column] < 0 else ""
        size = f"{abs(value[row, column]):.4f}"
        return f"cash is {size} of value {side} its buffer, {sign} {limit:g}{overdraft}"

    limits = np.full(value.shape, limit)
    return [Measured("portfolio", "cash_flow", None, value, limits, away | (share < 0), rule)]
