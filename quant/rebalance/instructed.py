"""Trades that somebody asks for instead of a rebalance: cash is invested or raised, or gains are realised.

No trigger is asked and no cooldown counts. Everything else is the policy's: the buffer, the do-not lists, the
turnover cap, lots, limit prices and the minimum trade.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from quant.book.book import Book
from quant.book.drift import Bands, Drift
from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance import intent as intents
from quant.rebalance import pairs, selling
from quant.rebalance.causes import Cause
from quant.rebalance.construction import Construction
from quant.rebalance.destinations import Plan
from quant.rebalance.intent import Intent
from quant.rebalance.reasons import against_target
from quant.rebalance.rebalance import Asked, orders
from quant.rebalance.standing import Standing
from quant.rebalance.triggering import judge
from quant.trading.allowance import TaxLots
from quant.trading.limit_prices import LimitPrices
from quant.triggers import Past

Kind = Literal["deposit", "withdrawal", "gain_allowance"]

DOES: dict[Kind, str] = {
    "deposit": "buys only, to target less the cash buffer, all by one factor",
    "withdrawal": "sells only, what brings the cash to its buffer, least taxed first",
    "gain_allowance": "sells only, what is above its target first, up to that gain",
}
STAYS: dict[Kind, str] = {
    "deposit": "it is not below its target less the cash buffer",
    "withdrawal": "nothing of it was needed for the cash",
    "gain_allowance": "nothing more of it can be sold within the gain",
}


@dataclass(frozen=True)
class Instruction:
    """What is asked for. The book has the cash of afterwards: with the deposit, without what is withdrawn.

    `words` say it, such as "deposit of 10,000.00 USD". `most_gain` is the most that all sales together may
    gain, in the portfolio's currency, None: any; a symbol of which `lots` do not know every cost is not sold
    then.
    """

    kind: Kind
    words: str
    most_gain: float | None = None
    lots: TaxLots = field(default_factory=TaxLots)

    @property
    def rule(self) -> str:
        """What the trades follow, as a rule in words."""
        return f"{self.words}: {DOES[self.kind]}"


def construct(
    instruction: Instruction,
    book: Book,
    policy: Policy,
    calendar_due: bool,
    held: frozenset[str],
    past: Past,
) -> Construction:
    """The trades of an instruction, none of `held` symbols; nothing in a book without a positive value."""
    if not book.value > 0:
        return Construction((), {}, "simple", "idle")
    holdings, bands = Holdings.of(book), Bands(pairs.together(book), policy)
    stand = Standing(pairs.situation(holdings, bands, calendar_due, past))
    fixed = np.isin(book.symbols, [*held])[None, :]
    intent = _intent(instruction, stand, holdings, LimitPrices(book, policy.limit_offset), fixed)
    drifts = pairs.drifts_apart(book, stand.drifts.rows())
    asked = Asked(intent, drifts, judge(stand.situation, stand.measured), _causes(instruction, drifts))
    made = orders(asked, policy, asked.desired, [STAYS[instruction.kind]] * len(book.symbols))
    return Construction(made.trades, made.untraded, "simple", "done" if made.trades else "idle")


def _intent(
    instruction: Instruction, stand: Standing, holdings: Holdings, prices: LimitPrices, fixed: Mask
) -> Intent:
    if instruction.kind == "deposit":
        return intents.intend(stand, holdings, prices, fixed, _bought)
    movable = pairs.free(holdings, ~fixed & (holdings.book.price > 0) & (prices.sell > 0))
    sellable = movable[0] & ~np.isin(holdings.book.symbols, stand.policy.do_not_sell)
    ask = selling.Ask(holdings, stand.policy, prices, sellable, instruction.lots, instruction.most_gain)
    sells: Callable[[selling.Ask], Floats] = (
        selling.raising if instruction.kind == "withdrawal" else selling.realising
    )
    quantity = sells(ask)
    left = (holdings.quantity[0] - quantity) * np.nan_to_num(holdings.book.price)
    desired = np.where(quantity > 0, left, np.nan)[None, :]
    nothing = np.zeros(desired.shape, np.int8)
    return Intent(stand, holdings, prices, Plan(desired, nothing, nothing.astype(bool)), movable)


def _bought(stand: Standing, movable: Mask) -> Plan:  # noqa: ARG001 - what cannot trade is left out of the orders
    """The positions below their target less the buffer, each to there; NaN for the others."""
    holdings = stand.holdings
    wanted = holdings.book.target * holdings.value[:, None] * (1 - stand.policy.cash_buffer)
    desired = np.where(wanted > np.nan_to_num(holdings.worth), wanted, np.nan)
    nothing = np.zeros(desired.shape, np.int8)
    return Plan(desired, nothing, nothing.astype(bool))


def _causes(instruction: Instruction, drifts: Sequence[Drift]) -> tuple[Cause, ...]:
    """Why each symbol would trade: where it stands, and what it is bought with or sold for."""
    does = "buy with the" if instruction.kind == "deposit" else "sell for the"
    return tuple(
        Cause(instruction.kind, instruction.rule, story=f"{_stands(row)}: {does} {instruction.words}")
        for row in drifts
    )


def _stands(row: Drift) -> str:
    return against_target(row) if row.target > 0 else f"{row.key} is {row.actual:.1%} and has no target"
