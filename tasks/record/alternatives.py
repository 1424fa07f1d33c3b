"""What else a run could have traded: the other destinations, and the simple trades beside an optimum."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from quant.book.book import Trade
from quant.decide import proposed
from quant.decision_inputs import DecisionInputs
from quant.policy.policy import Costs, Policy
from tasks.snapshot import costing

VANGUARD = 0.0175
"""The distance from the target to which Vanguard's 200/175 policy trades (docs/rebalancing.md)."""


@dataclass(frozen=True)
class Alternative:
    """What another policy would have traded of a symbol, before any check; quantity 0: nothing.

    All are constructed simply; `construction` says so where that alone differs from the run, and is None
    where the destination does. `distance` is that destination's, a share of value. `cost` is what the trade
    is estimated to cost and `tax` that of a sale (below 0: saved), in the portfolio's currency; None where
    the portfolio states no costs or taxes, or a part of them is not known.
    """

    destination: str
    distance: float | None
    construction: str | None
    side: str | None
    quantity: float
    notional: float
    cost: float | None = None
    tax: float | None = None


def of(inputs: DecisionInputs) -> list[dict[str, Alternative]]:
    """What each alternative to the policy in force would trade, by symbol of the book."""
    return [
        _proposed(replace(inputs, policy=policy), construction)
        for policy, construction in _policies(inputs.policy)
    ]


def _policies(policy: Policy) -> Iterator[tuple[Policy, str | None]]:
    simple = policy.model_copy(update={"construction": "simple"})
    if policy.construction != "simple":
        yield simple, "simple"
    for name in ("target", "distance", "halfway", "edge"):
        if name != policy.destination:
            distance = VANGUARD if name == "distance" else None
            yield simple.model_copy(update={"destination": name, "distance": distance}), None


def _proposed(inputs: DecisionInputs, construction: str | None) -> dict[str, Alternative]:
    policy = inputs.policy
    own = policy.destination, policy.distance, construction
    nothing = Alternative(*own, None, 0.0, 0.0)
    made = {trade.symbol: _traded(inputs, own, trade) for trade in proposed(inputs).trades}
    return {symbol: made.get(symbol, nothing) for symbol in inputs.book.symbols}


def _traded(inputs: DecisionInputs, own: tuple[str, float | None, str | None], trade: Trade) -> Alternative:
    costs, (_, tax) = costing.costs(trade, inputs), costing.sold(trade, inputs)
    parts = [part for part in (costs.commission, costs.spread, costs.impact) if part is not None]
    known = inputs.known_terms.costs != Costs() and len(parts) == 3
    total = sum(parts) if known else None
    return Alternative(*own, trade.side, trade.quantity, trade.notional, total, tax.tax if tax else None)
