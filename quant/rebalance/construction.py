"""From what a policy asks for to trades: in closed form, or as the optimum of quant/rebalance/optimise.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from quant.book.book import Book, Trade
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance.harvest import Harvest, complete, joined
from quant.rebalance.rebalance import Asked, Orders, ask, orders
from quant.trading.trading_terms import TradingTerms
from quant.triggers import Past


@dataclass(frozen=True)
class Construction:
    """The trades, sells first, and how they were found.

    `status`: "idle" (nothing called for trades), "done" (simple), "optimal", or why there is no optimum:
    "infeasible", "unknown" (too few returns), "failed" (the solver). `conflict` then says it in words,
    and `fallback` names the method that was used instead. `harvested` are the harvests among the trades.
    `untraded` has for each symbol of the book without a trade the reason in words; it is empty where the book
    has no positive value.
    """

    trades: tuple[Trade, ...]
    untraded: dict[str, str]
    method: Literal["simple", "optimised"]
    status: Literal["idle", "done", "optimal", "infeasible", "unknown", "failed"]
    conflict: str | None = None
    fallback: Literal["simple"] | None = None
    harvested: tuple[Harvest, ...] = ()


def construct(
    book: Book,
    policy: Policy,
    calendar_due: bool,
    held: frozenset[str],
    past: Past,
    terms: TradingTerms | None,
    harvests: Sequence[Harvest] = (),
) -> Construction:
    """The trades as `policy.construction` asks, none of `held` symbols; only the optimum needs `terms`.

    `harvests` join the simple ones, each with both its legs or not at all.
    """
    asked = ask(book, policy, calendar_due, held, past)
    if asked is None:
        return Construction((), {}, policy.construction, "idle")
    if np.isnan(asked.desired).all() and not harvests:
        made = orders(asked, policy, asked.desired)
        return Construction((), made.untraded, policy.construction, "idle")
    if policy.construction == "simple":
        return _simple(asked, policy, harvests)
    assert terms is not None
    return _optimised(asked, policy, terms)


def _simple(asked: Asked, policy: Policy, harvests: Sequence[Harvest]) -> Construction:
    """The trades in closed form; a harvest that comes out incomplete is left out and the rest sized again."""
    while True:
        with_them = asked
        for one in harvests:
            with_them = joined(with_them, one)
        made = orders(with_them, policy, with_them.desired)
        done = tuple(one for one in harvests if complete(with_them, one, made.trades))
        if len(done) == len(harvests):
            return Construction(made.trades, made.untraded, "simple", "done", harvested=done)
        harvests = done


def _optimised(asked: Asked, policy: Policy, terms: TradingTerms) -> Construction:
    from quant.rebalance import optimise  # noqa: PLC0415  the solver's import takes a second, which others need not wait

    try:
        desired, stays = optimise.desired_values(
            asked.book, policy, terms, asked.desired, asked.intent.movable[0]
        )
    except optimise.NoOptimumError as problem:
        simple = policy.model_copy(update={"construction": "simple"})
        made = orders(asked, simple, asked.desired)
        return Construction(made.trades, made.untraded, "optimised", problem.status, str(problem), "simple")
    made = _repaired(asked, policy, desired, stays)
    return Construction(made.trades, made.untraded, "optimised", "optimal")


def _repaired(asked: Asked, policy: Policy, desired: Floats, stays: Sequence[str]) -> Orders:
    """The trades in lots; one that comes out below the minimum is taken back and the rest sized without it.

    So no buy is paid for by a sell that is dropped.
    """
    first: dict[str, str] = {}
    while True:
        made = orders(asked, policy, desired, stays)
        first = made.untraded | first
        done = np.isin(asked.book.symbols, [trade.symbol for trade in made.trades])
        if (done | np.isnan(desired)).all():
            return Orders(made.trades, first)
        desired = np.where(done, desired, np.nan)
