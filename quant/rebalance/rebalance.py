"""The trades that would put a portfolio right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quant.book.book import Book, Side, Trade
from quant.book.drift import Bands, Drift, actual_weights
from quant.book.holdings import Holdings
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance import intent as intents
from quant.rebalance import pairs, untraded
from quant.rebalance import reasons as rationale
from quant.rebalance.causes import Cause, causes
from quant.rebalance.intent import Intent, Sized
from quant.rebalance.standing import Standing
from quant.rebalance.triggering import Verdict, judge
from quant.trading.limit_prices import LimitPrices
from quant.triggers import Past

NOTHING_BEFORE = Past()


@dataclass(frozen=True)
class Asked:
    """What a policy asks of a single portfolio, which is one row, with the words of it.

    All are aligned with the book's symbols; those of a pair have the same drift, the pair's.
    """

    intent: Intent
    drifts: Sequence[Drift]
    verdict: Verdict
    causes: Sequence[Cause | None]

    @property
    def book(self) -> Book:
        """The portfolio."""
        return self.intent.holdings.book

    @property
    def desired(self) -> Floats:
        """Where the policy wants each symbol, in currency, shape (symbols,); NaN where it stays."""
        return np.asarray(self.intent.plan.desired[0])


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
    asked = ask(book, policy, calendar_due, held, past)
    return () if asked is None else orders(asked, policy, asked.desired).trades


def ask(book: Book, policy: Policy, calendar_due: bool, held: frozenset[str], past: Past) -> Asked | None:
    """Where the policy wants each symbol to go; None where the book has no positive value."""
    if not book.value > 0:
        return None
    holdings, bands = Holdings.of(book), Bands(pairs.together(book), policy)
    stand = Standing(pairs.situation(holdings, bands, calendar_due, past))
    fixed = np.isin(book.symbols, [*held])[None, :]
    intent = intents.intend(stand, holdings, LimitPrices(book, policy.limit_offset), fixed)
    drifts, verdict = stand.drifts.rows(), judge(stand.situation, stand.measured)
    found = pairs.causes_apart(book, causes(stand, drifts, verdict, intent.plan))
    return Asked(intent, pairs.drifts_apart(book, drifts), verdict, found)


def orders(asked: Asked, policy: Policy, desired: Floats, optimum: Sequence[str] | None = None) -> Orders:
    """The orders to the `desired` values (currency, NaN: unchanged), each with the cause that is behind it.

    `optimum` says why each symbol stays that an optimum leaves unchanged; None where there is no optimum.
    """
    sized = intents.orders(asked.intent, desired[None, :])
    stays = optimum or [
        untraded.staying(asked.verdict, policy, row, cause)
        for row, cause in zip(asked.drifts, asked.causes, strict=True)
    ]
    reasons = untraded.reasons(asked.book, policy, asked.intent.movable[0], desired, sized, stays)
    return Orders(_trades(asked, policy, sized), reasons)


def _trades(asked: Asked, policy: Policy, sized: Sized) -> tuple[Trade, ...]:
    book, quantity, factor = asked.book, sized.quantity[0], float(sized.factor[0])
    weights, price, value = actual_weights(book), book.price, book.value
    trades = []
    for i in np.flatnonzero(quantity).tolist():
        cause = asked.causes[i]
        assert cause is not None  # what has a desired value has a cause
        side: Side = "BUY" if quantity[i] > 0 else "SELL"
        capped = float(sized.permitted[0, i] / sized.listed[0, i])
        trades.append(
            Trade(
                symbol=book.symbols[i],
                side=side,
                quantity=float(abs(quantity[i])),
                close=float(book.close[i]),
                limit_price=float(sized.limits[0, i]),
                trigger=cause.trigger,
                rule=cause.rule,
                reason=rationale.reason(asked.drifts[i], cause, side, policy, capped, factor),
                weight_before=float(weights[i]),
                weight_after=float(weights[i] + quantity[i] * price[i] / value),
                fx=float(book.fx[i]),
            )
        )
    return tuple(sorted(trades, key=lambda trade: trade.side == "BUY"))
