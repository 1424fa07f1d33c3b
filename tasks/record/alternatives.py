"""What else a run could have traded: the other destinations, and the simple trades beside an optimum."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from quant.book.book import Trade
from quant.policy.policy import Costs, Policy
from quant.rebalance.rebalance import propose
from quant.trading.trading_terms import Terms
from tasks.snapshot import costing, triggers
from tasks.snapshot.snapshot import Snapshot

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


def of(snapshot: Snapshot, terms: Terms) -> list[dict[str, Alternative]]:
    """What each alternative to the policy in force would trade, by symbol of the book."""
    return [
        _proposed(snapshot, terms, policy, construction)
        for policy, construction in _policies(triggers.in_force(snapshot))
    ]


def _policies(policy: Policy) -> Iterator[tuple[Policy, str | None]]:
    simple = policy.model_copy(update={"construction": "simple"})
    if policy.construction != "simple":
        yield simple, "simple"
    for name in ("target", "distance", "halfway", "edge"):
        if name != policy.destination:
            distance = VANGUARD if name == "distance" else None
            yield simple.model_copy(update={"destination": name, "distance": distance}), None


def _proposed(
    snapshot: Snapshot, terms: Terms, policy: Policy, construction: str | None
) -> dict[str, Alternative]:
    trades = propose(snapshot.book, policy, triggers.is_due(snapshot), frozenset(), triggers.past(snapshot))
    own = policy.destination, policy.distance, construction
    nothing = Alternative(*own, None, 0.0, 0.0)
    made = {trade.symbol: _traded(snapshot, terms, own, trade) for trade in trades}
    return {symbol: made.get(symbol, nothing) for symbol in snapshot.book.symbols}


def _traded(
    snapshot: Snapshot, terms: Terms, own: tuple[str, float | None, str | None], trade: Trade
) -> Alternative:
    columns = costing.columns(trade, terms, snapshot.book)
    parts = [*json.loads(columns["costs"] or "{}").values()]
    known = terms.costs != Costs() and None not in parts
    tax = json.loads(columns["tax"])["tax"] if columns["tax"] else None
    return Alternative(*own, trade.side, trade.quantity, trade.notional, sum(parts) if known else None, tax)
