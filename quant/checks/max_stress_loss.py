"""What the weights after the trades would lose in each stress scenario (quant/risk/stress.py)."""

from math import isnan, nan

import numpy as np

from quant.checks import CheckContext, Finding
from quant.checks._weights import of_weights
from quant.market.panel import Floats
from quant.policy.policy import Limits, Scenario
from quant.risk import stress
from quant.risk.marginal import of_parts

CHECK = "max_stress_loss"
REFERENCE = "AIFMD (2011/61/EU) Art. 15(3)(b)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per scenario, a share of value; it holds the trades that, each alone, raise the loss.

    Unknown while a position has no move in it.
    """
    own, overall, definitions = limits.scenario, limits.max_stress_loss, context.book.definitions
    return [_judged(context, *one) for one in stress.limited(own, overall, definitions)]


def _judged(context: CheckContext, scenario: Scenario, limit: float) -> Finding:
    shock = stress.moves(context.book, scenario)
    scope, what = f"scenario {scenario.name}", f"loss in the scenario {scenario.name}"
    unmoved = _unmoved(context, shock)
    if unmoved:
        rule = f"every position has a move; none is known for {unmoved}: give one in [[risk.scenario]]"
        return Finding(CHECK, scope, nan, limit, "unknown", rule)

    def loss(weights: Floats) -> float:
        return stress.loss(weights, shock)

    amount = loss(context.weights_after) * context.book.value
    what += "" if isnan(amount) else f" ({amount:,.2f} in currency)"
    estimator = of_parts(loss, lambda weights, places: -weights * shock[places])
    return of_weights(CHECK, what, context, context.weights_after, loss, estimator, limit, scope=scope)


def _unmoved(context: CheckContext, shock: Floats) -> str:
    """The classes, and their symbols, that have a weight but no move; empty when there are none."""
    missing: dict[str, list[str]] = {}
    for i in np.flatnonzero(np.isnan(shock) & (context.weights_after != 0)):
        missing.setdefault(context.book.asset_classes[i], []).append(context.book.symbols[i])
    return "; ".join(f"{name} ({', '.join(symbols)})" for name, symbols in missing.items())
