"""Sales without a purchase: what raises cash with the least tax, and what realises a gain and no more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance import pairs
from quant.rebalance.cash_first import levelled
from quant.trading.allowance import TaxLots
from quant.trading.limit_prices import LimitPrices
from quant.trading.sizing import lots_beyond, whole_lots

ROUNDS = 50
"""So often at most what rounding to lots left is asked of other symbols; each round finds whole lots more."""


@dataclass(frozen=True)
class Ask:
    """A portfolio as one row; arrays have the shape (symbols,). `sellable`: what a sale is possible of.

    `most_gain` is the most that all sales may gain, in the portfolio's currency; None: any.
    """

    holdings: Holdings
    policy: Policy
    prices: LimitPrices
    sellable: Mask
    lots: TaxLots
    most_gain: float | None = None

    @cached_property
    def price(self) -> Floats:
        """In the portfolio's currency; 0 where there is none."""
        return np.nan_to_num(self.holdings.book.price)

    @cached_property
    def proceeds(self) -> Floats:
        """What a share brings at its limit price, in the portfolio's currency."""
        return np.nan_to_num(self.prices.sell * self.holdings.book.fx)

    @cached_property
    def worth(self) -> Floats:
        """What may be sold of each symbol, in currency."""
        return np.where(self.sellable, np.nan_to_num(self.holdings.worth[0]), 0.0)

    @cached_property
    def above(self) -> Floats:
        """By how much each symbol is above its target less the buffer; of a pair the replacement first."""
        book, value = self.holdings.book, float(self.holdings.value[0])
        wanted = book.target * value * (1 - self.policy.cash_buffer)
        over = np.maximum(self.worth - wanted, 0.0)
        for target, other in pairs.places(book):
            both = max(self.worth[target] + self.worth[other] - wanted[target], 0.0)
            over[other] = min(both, self.worth[other])
            over[target] = min(both - over[other], self.worth[target])
        return over

    @property
    def missing(self) -> float:
        """The cash that lacks to the buffer; at most 0 where none does."""
        return self.policy.cash_buffer * float(self.holdings.value[0]) - float(self.holdings.cash[0])


def raising(ask: Ask) -> Floats:
    """Shares to sell, shape (symbols,), so that the cash reaches its buffer at limit prices; 0 where none.

    Whatever is sold of what is above its target, the sum of all drifts shrinks by the same; so of that the
    least taxed is sold first, and where no tax is known the largest excesses until they are equal. What lacks
    then comes from all positions, in proportion to what is left of them. Lots are rounded up as far as
    holdings reach. Less than the buffer where that is all that can be sold, or may be gained.
    """
    least = ask.policy.min_trade
    held = whole_lots(ask.holdings.quantity[0], ask.policy.lot_size)
    sellable = ask.sellable & (held * ask.price >= least)
    while True:
        now = replace(ask, sellable=sellable)
        quantity = _rounded(now)
        small = (quantity > 0) & (quantity * ask.price < least)
        smallest = np.argmin(np.where(small, quantity * ask.price, np.inf))
        others = sellable & (np.arange(len(sellable)) != smallest)
        if not small.any() or float((held * ask.proceeds)[others].sum()) < ask.missing:
            up = lots_beyond(least / np.where(ask.price > 0, ask.price, 1.0), ask.policy.lot_size)
            return _capped(now, np.where(small, np.minimum(up, held), quantity))
        sellable = others  # which then give what the smallest would have given


def _rounded(ask: Ask) -> Floats:
    """Lots that bring what is missing: what rounding or a holding that ends lacks is asked for again."""
    lot, held = ask.policy.lot_size, ask.holdings.quantity[0]
    most = np.where(ask.sellable, whole_lots(held, lot), 0.0)
    quantity, price = np.zeros(len(held)), np.where(ask.price > 0, ask.price, 1.0)
    if ask.missing <= 0:
        return quantity
    asked = max(ask.missing, ask.policy.min_trade)
    for _ in range(ROUNDS):
        quantity = np.minimum(lots_beyond(_moves(ask, asked) / price, lot), most)
        lacking = ask.missing - float((quantity * ask.proceeds).sum())
        if lacking <= 0 or (quantity == most).all():
            break
        asked += lacking
    return quantity


def _moves(ask: Ask, amount: float) -> Floats:
    """What each symbol gives, in currency at the close, so that the sales bring `amount` at limit prices."""
    share = np.divide(ask.proceeds, ask.price, out=np.ones(len(ask.price)), where=ask.price > 0)
    moves = _least_taxed(ask, amount, share)
    left = ask.worth - moves
    lacking, reach = amount - float((moves * share).sum()), float((left * share).sum())
    return np.asarray(moves + left * (min(1.0, max(lacking, 0.0) / reach) if reach > 0 else 0.0))


def _least_taxed(ask: Ask, amount: float, share: Floats) -> Floats:
    """The part of it that comes from what is above its target; `share` of the close is what a sale brings."""
    if not ask.lots.lots:
        most = np.where(share > 0, share, 1.0)
        return np.asarray(levelled(ask.above[None, :], np.array([amount / float(most.min())]))[0])
    moves, lacking = np.zeros(len(share)), amount
    for at, worth in _by_tax(ask):
        part = min(worth, max(lacking, 0.0) / float(share[at]))
        moves[at] += part
        lacking -= part * float(share[at])
    return moves


def _by_tax(ask: Ask) -> Iterator[tuple[int, float]]:
    """The pieces of what is above target, the least taxed first: the symbol's place and the worth."""
    found = []
    for at in np.flatnonzero(ask.above > 0).tolist():
        left = float(ask.above[at])
        for piece in ask.lots.pieces(ask.holdings.book.symbols[at], float(ask.price[at])):
            found.append((piece.rate, -float(ask.above[at]), at, min(piece.worth, left)))
            left -= min(piece.worth, left)
    return ((at, worth) for _, _, at, worth in sorted(found) if worth > 0)


def realising(ask: Ask) -> Floats:
    """Shares to sell, shape (symbols,), whose sales gain as much as `most_gain` allows; 0 where none.

    First of what is above its target, the largest excess first and down to its target. What is left of the
    gain then comes from positions with a gain, the largest share of gain first, since that sells least.
    """
    most = _lots_of(ask, ask.above)
    by_excess = np.argsort(-ask.above, kind="stable")
    sold = _within(ask, most, by_excess[ask.above[by_excess] > 0].tolist(), np.zeros(len(most)))
    gains = np.array([_gain_share(ask, at) for at in range(len(most))])
    by_gain = np.argsort(-gains, kind="stable")
    return _within(ask, _lots_of(ask, ask.worth), by_gain[gains[by_gain] > 0].tolist(), sold)


def _lots_of(ask: Ask, worth: Floats) -> Floats:
    """As many whole lots as are worth so much, of what is sellable."""
    shares = np.divide(worth, ask.price, out=np.zeros(len(worth)), where=ask.price > 0)
    return np.asarray(np.minimum(whole_lots(shares, ask.policy.lot_size), ask.holdings.quantity[0]))


def _gain_share(ask: Ask, at: int) -> float:
    """The gain of a whole position as a share of its worth; 0 where it is not known."""
    symbol, held = ask.holdings.book.symbols[at], float(ask.holdings.quantity[0, at])
    if not ask.worth[at] > 0 or not ask.lots.covers(symbol, held):
        return 0.0
    return ask.lots.gain(symbol, held, float(ask.price[at])) / float(ask.worth[at])


def _capped(ask: Ask, quantity: Floats) -> Floats:
    """The sales as far as they may gain, and others with less of a gain for what lacks then."""
    if ask.most_gain is None:
        return quantity
    shares = np.array([_gain_share(ask, at) for at in range(len(quantity))])
    order: list[int] = np.argsort(shares, kind="stable").tolist()
    found = _within(ask, quantity, [at for at in order if quantity[at] > 0], np.zeros(len(quantity)))
    for at in order:
        lacking = ask.missing - float((found * ask.proceeds).sum())
        if lacking > 0 and ask.worth[at] > 0:
            more = lots_beyond(np.array(lacking / ask.proceeds[at]), ask.policy.lot_size)
            most = np.where(np.arange(len(found)) == at, found + more, found)
            found = _within(ask, np.minimum(most, _lots_of(ask, ask.worth)), [at], found)
    return found


def _within(ask: Ask, most: Floats, order: list[int], sold: Floats) -> Floats:
    """At least what is `sold`, and up to `most` of each in turn, as far as the gain that is left allows."""
    assert ask.most_gain is not None  # who realises gains says how much
    found, symbols, price = sold.copy(), ask.holdings.book.symbols, ask.price
    places: list[int] = np.flatnonzero(sold).tolist()
    gains = {at: ask.lots.gain(symbols[at], float(found[at]), float(price[at])) for at in places}
    for at in order:
        if not ask.lots.covers(symbols[at], float(ask.holdings.quantity[0, at])):
            continue
        free = ask.most_gain - sum(gain for place, gain in gains.items() if place != at)
        quantity = ask.lots.within(symbols[at], float(most[at]), float(price[at]), free, ask.policy.lot_size)
        if quantity > found[at] and quantity * price[at] >= ask.policy.min_trade:
            found[at] = quantity
            gains[at] = ask.lots.gain(symbols[at], quantity, float(price[at]))
    return found
