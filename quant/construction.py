"""From what a policy asks for to trades: in closed form, or as the optimum of quant/optimise.py."""

from dataclasses import dataclass

import numpy as np

from quant.book import Book, Trade
from quant.panel import Floats
from quant.policy import Policy
from quant.rebalance import Intent, intend, orders
from quant.terms import Terms
from quant.triggers import Past


@dataclass(frozen=True)
class Construction:
    """The trades, sells first, and how they were found.

    `status`: "idle" (nothing called for trades), "done" (simple), "optimal", or why there is no optimum:
    "infeasible", "unknown" (too few returns), "failed" (the solver). `conflict` then says it in words,
    and `fallback` names the method that was used instead.
    """

    trades: tuple[Trade, ...]
    method: str
    status: str
    conflict: str | None = None
    fallback: str | None = None


def construct(
    book: Book, policy: Policy, calendar_due: bool, held: frozenset[str], past: Past, terms: Terms | None
) -> Construction:
    """The trades as `policy.construction` asks, none of `held` symbols; only the optimum needs `terms`."""
    intent = intend(book, policy, calendar_due, held, past)
    if intent is None or np.isnan(intent.plan.desired).all():
        return Construction((), policy.construction, "idle")
    if policy.construction == "simple":
        return Construction(orders(book, policy, intent, intent.plan.desired), "simple", "done")
    assert terms is not None
    return _optimised(book, policy, intent, terms)


def _optimised(book: Book, policy: Policy, intent: Intent, terms: Terms) -> Construction:
    from quant import optimise  # noqa: PLC0415  the solver's import takes a second, which others need not wait

    try:
        desired = optimise.desired_values(book, policy, terms, intent.plan.desired, intent.movable)
    except optimise.NoOptimumError as problem:
        simple = policy.model_copy(update={"construction": "simple"})
        trades = orders(book, simple, intent, intent.plan.desired)
        return Construction(trades, "optimised", problem.status, str(problem), "simple")
    return Construction(_repaired(book, policy, intent, desired), "optimised", "optimal")


def _repaired(book: Book, policy: Policy, intent: Intent, desired: Floats) -> tuple[Trade, ...]:
    """The trades in lots; one that comes out below the minimum is taken back and the rest sized without it.

    So no buy is paid for by a sell that is dropped.
    """
    while True:
        trades = orders(book, policy, intent, desired)
        done = np.isin(book.symbols, [trade.symbol for trade in trades])
        if (done | np.isnan(desired)).all():
            return trades
        desired = np.where(done, desired, np.nan)
