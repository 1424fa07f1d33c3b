"""The portfolio as a whole is too far from its targets, however the drift is spread."""

import numpy as np

from quant.book.drift import NOISE
from quant.triggers import Measured, Situation


def measure(situation: Situation) -> list[Measured]:
    """One for the portfolio: Σ |actual − target| ÷ 2 over its symbols, the turnover back to the targets."""
    limit, holdings = situation.policy.total_drift, situation.holdings
    if limit is None:
        return []
    away = np.abs(situation.drifts.drift[:, : len(holdings.book.symbols)])
    total = np.array([sum(away[0].tolist())]) if holdings.single else away.sum(axis=1)
    value = (total / 2)[:, None]
    fired = value > limit + NOISE

    def rule(row: int, column: int) -> str:
        sign = ">" if fired[row, column] else "≤"
        return f"total drift {value[row, column]:.4f} {sign} {limit:g}"

    return [Measured("portfolio", "total_drift", None, value, np.full(value.shape, limit), fired, rule)]
