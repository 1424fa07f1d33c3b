"""The portfolio as a whole is too far from its targets, however the drift is spread."""

from quant.book.drift import NOISE
from quant.triggers import Evaluated, Situation


def evaluate(situation: Situation) -> list[Evaluated]:
    """One for the portfolio: Σ |actual − target| ÷ 2 over its symbols, the turnover back to the targets."""
    limit = situation.policy.total_drift
    if limit is None:
        return []
    value = sum(abs(row.drift) for row in situation.drifts if row.level == "instrument") / 2
    fired = value > limit + NOISE
    rule = f"total drift {value:.4f} {'>' if fired else '≤'} {limit:g}"
    return [Evaluated("portfolio", "total_drift", "portfolio", value, limit, fired, rule)]
