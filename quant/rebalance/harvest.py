"""Losses worth taking: lots far below their cost are sold, and the other of the pair is bought instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile

import numpy as np

from quant.book.book import Book, Trade
from quant.policy.policy import Policy, Tax
from quant.rebalance.causes import Cause
from quant.rebalance.rebalance import Asked
from quant.rebalance.triggering import cooling
from quant.trading.lots import Lot, ordered
from quant.trading.sales import Sale
from quant.trading.sizing import whole_lots
from quant.trading.trading_terms import TradingTerms
from quant.triggers import Past

TRIGGER = "harvest"
REPLACED = 0.9
"""Where cash, limit prices and lots leave less of the purchase, it is no replacement: no harvest then."""


@dataclass(frozen=True)
class Harvest:
    """A sale of `quantity` shares at a `loss`, and the symbol to be bought for what they are worth.

    `loss` and `saved`, the tax on it, are positive, in the portfolio's currency; `share` is that of the loss
    in the cost of what is sold; `rule` says in words what asks for it.
    """

    sold: str
    bought: str
    quantity: float
    loss: float
    share: float
    saved: float
    rule: str


def harvests(book: Book, policy: Policy, past: Past, terms: TradingTerms) -> tuple[Harvest, ...]:
    """What each pair could harvest on `terms.day`; of a pair with losses in both symbols the larger one."""
    found: dict[frozenset[str], Harvest] = {}
    for one, refused in considered(book, policy, past, terms):
        pair = frozenset({one.sold, one.bought})
        if refused is None and (pair not in found or one.loss > found[pair].loss):
            found[pair] = one
    return tuple(found.values())


def considered(
    book: Book, policy: Policy, past: Past, terms: TradingTerms
) -> Iterator[tuple[Harvest, str | None]]:
    """Every loss that is large enough a share of its cost, and why it is not to be harvested, in words.

    A lot is sold when its price is at least `tax.harvest` below its cost, in the order of the method and up
    to the first that is not.
    """
    tax = terms.tax
    if tax is None or tax.harvest is None:
        return
    rule = f"lots at least {tax.harvest:.1%} below their cost are sold, and the other of the pair is bought"
    prices = dict(zip(book.symbols, book.price.tolist(), strict=True))
    for pair in book.replacements.items():
        for sold, bought in (pair, pair[::-1]):
            own, price = terms.lots_of.get(sold, []), prices[sold]
            far = takewhile(partial(_far, price, tax.harvest), ordered(own, price, terms.day, tax))
            shares = np.array([sum(lot.quantity for lot in far)])
            quantity = float(whole_lots(shares, policy.lot_size)[0])
            if quantity > 0:
                sale = terms.sale(own, quantity, price)
                loss = -(sale.short_gain + sale.long_gain)
                share = loss / sum(part.quantity * part.cost_basis for part in sale.parts)
                one = Harvest(sold, bought, quantity, loss, share, -sale.tax, rule)
                yield one, _refused(one, sale, prices, policy, tax, past)


def _far(price: float, share: float, lot: Lot) -> bool:
    """Whether the price is at least this share below the lot's cost."""
    return price <= lot.cost_basis * (1 - share)


def _refused(
    one: Harvest, sale: Sale, prices: Mapping[str, float], policy: Policy, tax: Tax, past: Past
) -> str | None:
    """The first reason not to harvest a loss; what only the other trades of the run can tell is none."""
    least = tax.harvest_min or 0.0
    reasons = {
        "a cooldown runs": cooling(policy, past),
        f"{one.sold} bought near the sale stays, so that {sale.disallowed:,.2f} of it would be disallowed":
            sale.disallowed > 0,
        f"buying {one.bought} would be a wash sale": one.bought in past.sold_at_loss,
        f"{one.sold} stands on do_not_sell": one.sold in policy.do_not_sell,
        f"{one.bought} stands on do_not_buy": one.bought in policy.do_not_buy,
        f"it is less than harvest_min, {least:,.2f}": one.loss < least,
        f"the sale is below min_trade, {policy.min_trade:,.2f}":
            one.quantity * prices[one.sold] < policy.min_trade,
        f"{one.bought} has no price": not prices[one.bought] > 0,
    }  # fmt: skip
    return next((reason for reason, true in reasons.items() if true), None)


def joined(asked: Asked, one: Harvest) -> Asked:
    """What is asked, with a harvest: one symbol sells, the other buys as much and takes the other change.

    Unchanged where the pair shrinks by more than the harvest: its sales take these lots anyway.
    """
    book, plan = asked.book, asked.intent.plan
    at = [book.places[one.sold], book.places[one.bought]]
    held = asked.intent.holdings.worth[0, at]
    change = float(np.nansum(plan.desired[0, at] - held))
    worth = one.quantity * float(book.price[at[0]])
    if worth + change <= 0:
        return asked
    desired, beyond, causes = plan.desired.copy(), plan.beyond.copy(), list(asked.causes)
    desired[0, at] = held + np.array([-worth, worth + change])
    beyond[0, at] = False
    for place, cause in zip(at, _causes(one, change), strict=True):
        causes[place] = cause
    plan = replace(plan, desired=desired, beyond=beyond)
    return replace(asked, intent=replace(asked.intent, plan=plan), causes=tuple(causes))


def _causes(one: Harvest, change: float) -> tuple[Cause, Cause]:
    """Why the one is sold, and why the other is bought, by `change` more or less than is sold."""
    loss = f"a loss of {one.loss:,.2f}"
    below = f"{one.quantity:,.12g} {one.sold} are {one.share:.1%} below their cost"
    saved = f"which saves about {one.saved:,.2f} of tax"
    more = (
        ", and what the pair lacks"
        if change > 0
        else ", less what the pair has too much"
        if change < 0
        else ""
    )
    return (
        Cause(TRIGGER, one.rule, story=f"{below}: sell for {loss}, {saved}, and buy {one.bought} instead"),
        Cause(TRIGGER, one.rule, story=f"{one.sold} is sold for {loss}: buy {one.bought} in its place{more}"),
    )


def complete(asked: Asked, one: Harvest, trades: Sequence[Trade]) -> bool:
    """Whether the `trades` have the whole sale of a harvest that was `asked`, and a purchase in its place."""
    legs = {trade.symbol: trade for trade in trades if trade.trigger == TRIGGER}
    sale, purchase = legs.get(one.sold), legs.get(one.bought)
    if sale is None or purchase is None:
        return False
    at = asked.book.places[one.bought]
    wanted = float(asked.intent.plan.desired[0, at] - np.nan_to_num(asked.intent.holdings.worth[0, at]))
    return sale.quantity == one.quantity and purchase.notional >= REPLACED * min(wanted, sale.notional)
