"""The calendar asks for a rebalance: the session is the first of its month, quarter or year."""

from quant.triggers import Evaluated, Situation


def evaluate(situation: Situation) -> list[Evaluated]:
    """One for the portfolio, where the policy sets a calendar; `value` 1 on the first session, else 0."""
    period, due = situation.policy.calendar, situation.calendar_due
    if period == "none":
        return []
    rule = f"calendar = {period}: the session is {'' if due else 'not '}the first of its period"
    return [Evaluated("portfolio", "calendar", "portfolio", float(due), 1.0, due, rule)]
