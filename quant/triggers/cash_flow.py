"""Cash has come in or is missing: a deposit or a withdrawal is seen as cash away from its buffer."""

from math import nan

from quant.book.drift import NOISE
from quant.triggers import Evaluated, Situation


def evaluate(situation: Situation) -> list[Evaluated]:
    """One for the portfolio: |cash ÷ value − buffer| > `cash_flow`; an overdraft fires at any size.

    `value` keeps its sign: above 0 cash waits to be invested, below 0 it is missing.
    """
    limit, book = situation.policy.cash_flow, situation.book
    if limit is None:
        return []
    share = book.cash / book.value if book.value > 0 else nan
    value = share - situation.policy.cash_buffer
    fired = abs(value) > limit + NOISE or share < 0
    side = "above" if value > 0 else "below"
    sign = ">" if abs(value) > limit + NOISE else "≤"
    overdraft = ", and cash is overdrawn" if share < 0 else ""
    rule = f"cash is {abs(value):.4f} of value {side} its buffer, {sign} {limit:g}{overdraft}"
    return [Evaluated("portfolio", "cash_flow", "portfolio", value, limit, fired, rule)]
