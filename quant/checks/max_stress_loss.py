"""What the weights after the trades would lose in each stress scenario (quant/risk/stress.py)."""

from dataclasses import replace

import numpy as np

from quant.checks import UNKNOWN, CheckContext, Measured, Words
from quant.checks._weights import of_weights
from quant.market.panel import Floats
from quant.policy.policy import Scenario
from quant.risk import stress

CHECK = "max_stress_loss"
REFERENCE = "AIFMD (2011/61/EU) Art. 15(3)(b)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per scenario, a share of value; it holds the trades that, each alone, raise the loss.

    Unknown while a position has no move in it.
    """
    limits, definitions = context.inputs.limits, context.holdings.book.definitions
    limited = stress.limited(limits.scenario, limits.max_stress_loss, definitions)
    return [_judged(context, *one) for one in limited]


def _judged(context: CheckContext, scenario: Scenario, limit: float) -> Measured:
    holdings, weights = context.holdings, context.weights_after
    shock = stress.moves(holdings.book, scenario)
    unmoved = np.isnan(shock) & (weights != 0)

    def loss(rows: Floats) -> Floats:
        return np.array([stress.loss(row, shock) for row in rows])

    def what(row: int, _: int) -> str:
        amount = float(found.value[row, 0] * holdings.value[row])
        in_currency = "" if np.isnan(amount) else f" ({amount:,.2f} in currency)"
        return f"loss in the scenario {scenario.name}{in_currency}"

    def words(row: int, column: int) -> Words:
        if not unmoved[row].any():
            return found.words(row, column)
        missing = _named(context, np.flatnonzero(unmoved[row]).tolist())
        return Words(f"every position has a move; none is known for {missing}: give one in [[risk.scenario]]")

    scope = f"scenario {scenario.name}"
    found = of_weights(CHECK, what, context, loss, lambda rows: -rows * shock, limit, scope=scope)
    unknown = unmoved.any(axis=1)[:, None]
    value, status = np.where(unknown, np.nan, found.value), np.where(unknown, UNKNOWN, found.status)
    return replace(found, value=value, status=status, words=words)


def _named(context: CheckContext, places: list[int]) -> str:
    """The classes of some symbols, with these."""
    book, missing = context.holdings.book, dict[str, list[str]]()
    for i in places:
        missing.setdefault(book.asset_classes[i], []).append(book.symbols[i])
    return "; ".join(f"{name} ({', '.join(symbols)})" for name, symbols in missing.items())
