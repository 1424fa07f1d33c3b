"""The trades that would put a portfolio right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from quant.book.book import Book, Side, Trade
from quant.book.drift import Drift, Drifts, actual_weights
from quant.book.holdings import Holdings
from quant.book.ticks import USUAL
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance import cash_first, destinations, pairs, turnover, untraded
from quant.rebalance import reasons as rationale
from quant.rebalance.destinations import Plan
from quant.rebalance.triggering import Verdict, judge, measures, rebalances
from quant.trading.limit_prices import limit_prices
from quant.trading.sizing import Sized, before, size
from quant.triggers import Past, Situation

NOTHING_BEFORE = Past()


@dataclass(frozen=True)
class Intent:
    """What a policy asks for before anything is sized: the drifts, whether, where to, and what can move.

    All are aligned with the book's symbols; those of a pair have the same drift, the pair's.
    """

    drifts: list[Drift]
    verdict: Verdict
    plan: Plan
    movable: destinations.Mask


@dataclass(frozen=True)
class Orders:
    """The trades, and for each symbol of the book without one the reason in words."""

    trades: tuple[Trade, ...]
    untraded: dict[str, str]


def propose(
    book: Book,
    policy: Policy,
    calendar_due: bool,
    held: frozenset[str] = frozenset(),
    past: Past = NOTHING_BEFORE,
) -> tuple[Trade, ...]:
    """The trades that `policy` asks for, sells first, then in book order.

    `held` symbols are fixed at no trade: their sells bring no cash and their buys need none. A symbol whose
    close or rate is NaN does not trade, and a book whose value is NaN or not positive proposes nothing.
    `weight_after` assumes that every trade of this proposal is executed at the close.
    """
    intent = intend(book, policy, calendar_due, held, past)
    return () if intent is None else orders(book, policy, intent, intent.plan.desired).trades


def intend(book: Book, policy: Policy, calendar_due: bool, held: frozenset[str], past: Past) -> Intent | None:
    """Where the policy wants each symbol to go; None where the book has no positive value.

    What no limit price can buy does not move, so that nothing is sold to pay for it.
    """
    if not book.value > 0:
        return None
    movable = pairs.free(book, ~np.isin(book.symbols, [*held]) & (book.price > 0))
    paired = pairs.together(book)
    found = Situation(Drifts.of(paired, policy), calendar_due, pairs.past_together(book, past))
    drifts, verdict = found.drifts.rows(), judge(found)
    while True:
        plan = _plan(found, drifts, verdict, movable[pairs.kept(book)])
        plan = pairs.apart(book, policy, past, plan)
        orderable = _orderable(book, policy, plan.desired)
        if orderable[movable].all():
            return Intent(pairs.drifts_apart(book, drifts), verdict, plan, movable)
        movable = pairs.free(book, movable & orderable)


def _orderable(book: Book, policy: Policy, desired: Floats) -> destinations.Mask:
    """What can be ordered: the symbols whose own ticks have a limit price for the order, shape (symbols,)."""
    stated = [book.ticks.get(symbol, USUAL).kind == "stated" for symbol in book.symbols]
    if not any(stated):
        return np.ones(len(stated), bool)
    missing = np.nan_to_num(desired) - np.nan_to_num(book.quantity * book.price)
    ordered = np.where(np.array(stated) & ~np.isnan(desired), missing, 0.0)
    return np.asarray((ordered == 0) | (limit_prices(ordered, book, policy.limit_offset) > 0))


def orders(
    book: Book, policy: Policy, intent: Intent, desired: Floats, optimum: Sequence[str] | None = None
) -> Orders:
    """The orders to the `desired` values (currency, NaN: unchanged), each with the cause that intent has.

    `optimum` says why each symbol stays that an optimum leaves unchanged; None where there is no optimum.
    """
    sized = _sized(desired, book, policy, intent)
    stays = optimum or [
        untraded.staying(intent.verdict, policy, row, cause)
        for row, cause in zip(intent.drifts, intent.plan.causes, strict=True)
    ]
    reasons = untraded.reasons(book, policy, intent.movable, desired, sized, stays)
    return Orders(_trades(book, policy, intent, sized), reasons)


def _trades(book: Book, policy: Policy, intent: Intent, sized: Sized) -> tuple[Trade, ...]:
    drifts, plan = intent.drifts, intent.plan
    quantity, limits, factor = sized.quantity, sized.limits, sized.factor
    weights, price, value = actual_weights(book), book.price, book.value
    trades = []
    for i in np.flatnonzero(quantity):
        cause = plan.causes[i]
        assert cause is not None  # what has a desired value has a cause
        side: Side = "BUY" if quantity[i] > 0 else "SELL"
        trades.append(
            Trade(
                symbol=book.symbols[i],
                side=side,
                quantity=float(abs(quantity[i])),
                close=float(book.close[i]),
                limit_price=float(limits[i]),
                trigger=cause.trigger,
                rule=cause.rule,
                reason=rationale.reason(
                    drifts[i], cause, side, policy, float(sized.permitted[i] / sized.listed[i]), factor
                ),
                weight_before=float(weights[i]),
                weight_after=float(weights[i] + quantity[i] * price[i] / value),
                fx=float(book.fx[i]),
            )
        )
    return tuple(sorted(trades, key=lambda trade: trade.side == "BUY"))


def _plan(found: Situation, drifts: list[Drift], verdict: Verdict, movable: destinations.Mask) -> Plan:
    """Where each symbol should go: by cash alone where that is enough, else to the policy's destination."""
    book, policy = found.holdings.book, found.policy
    if policy.cash_first and verdict.rebalance:
        desired = cash_first.desired_values(found.holdings, policy, movable)
        after = replace(
            found, drifts=Drifts(cash_first.afterwards(found.holdings, desired), found.drifts.bands)
        )
        flows = frozenset({"cash_flow"})  # what cash could do has been done
        if not rebalances(after, measures(after), flows)[0]:
            rule = f"{destinations.leading(drifts, verdict).rule}; cash_first: cash alone puts it right"
            return Plan(desired[0], (destinations.Cause("cash_first", rule),) * len(book.symbols))
    return destinations.plan(book, policy, drifts, verdict, movable)


def _sized(desired: Floats, book: Book, policy: Policy, intent: Intent) -> Sized:
    """From the desired values to quantities and limit prices, both 0 where nothing is ordered."""
    price = book.price
    wanted = np.nan_to_num((desired - book.quantity * price) / price)
    listed = turnover.listed(np.where(intent.movable, wanted, 0.0), book, policy)
    holdings = Holdings.of(book)
    permitted = turnover.capped(listed[None, :], holdings, policy)[0]
    limits = limit_prices(permitted, book, policy.limit_offset)
    # A limit below the smallest tick comes out as 0, which nobody can bid.
    in_cash = np.where(limits > 0, limits * book.fx, 0.0)
    beyond = _to_their_bands(book, policy, intent) & (permitted == listed)
    lots, quantity, factor = size(permitted[None, :], in_cash, in_cash, beyond[None, :], holdings, policy)
    return Sized(wanted, listed, permitted, limits, lots[0], quantity[0], float(factor[0]))


def _to_their_bands(book: Book, policy: Policy, intent: Intent) -> destinations.Mask:
    """What is rounded away from zero, shape (symbols,): what a band moves, to a destination within that."""
    breached = [cause is not None and cause.breach is not None for cause in intent.plan.causes]
    return np.array(breached) & (policy.destination != "target" and not before(book))
