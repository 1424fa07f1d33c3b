"""What a policy asks of rows, and the orders that come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.rebalance import destinations, pairs, turnover
from quant.rebalance.destinations import Plan
from quant.rebalance.standing import Standing
from quant.trading.limit_prices import LimitPrices
from quant.trading.sizing import size


@dataclass(frozen=True)
class Intent:
    """Whether and where to before anything is sized; `movable`, shape (rows, symbols), is what can trade.

    To `stand` a pair is one position; `holdings`, `plan` and `movable` have both its symbols.
    """

    stand: Standing
    holdings: Holdings
    prices: LimitPrices
    plan: Plan
    movable: Mask


@dataclass(frozen=True)
class Sized:
    """What each step left of the wanted quantities: signed, in shares, shape (rows, symbols).

    `wanted` is unrounded, `listed` what the do-not lists let stand of it, `permitted` what the turnover cap
    does; `lots` is what lots and cash allow, and `quantity` what of that reaches the minimum trade. `factor`
    in 0..1, shape (rows,), is the share of all buys that the cash allows.
    """

    prices: LimitPrices
    wanted: Floats
    listed: Floats
    permitted: Floats
    lots: Floats
    quantity: Floats
    factor: Floats

    @cached_property
    def limits(self) -> Floats:
        """The limit prices of what is permitted, each in its own unit; 0 where nothing is ordered."""
        return self.prices.of(self.permitted)


def intend(
    stand: Standing,
    holdings: Holdings,
    prices: LimitPrices,
    fixed: Mask,
    planned: Callable[[Standing, Mask], Plan] = destinations.plan,
) -> Intent:
    """Where the policy wants each symbol to go; `fixed` symbols, and those without a price, do not trade.

    What no limit price can buy does not move, so that nothing is sold to pay for it. `planned` says where
    positions go, a pair being one.
    """
    movable = pairs.free(holdings, ~fixed & (holdings.book.price > 0))
    while True:
        plan = planned(stand, pairs.columns(holdings.book, movable))
        plan = pairs.apart(holdings, stand.policy, stand.situation.past, plan)
        intent = Intent(stand, holdings, prices, plan, movable)
        if not prices.unpriced or (orderable := prices.orderable(plan.desired, holdings))[movable].all():
            return intent
        movable = pairs.free(holdings, movable & orderable)


def orders(intent: Intent, desired: Floats) -> Sized:
    """From the `desired` values (currency, NaN: unchanged) to quantities, 0 where nothing is ordered."""
    holdings, prices, policy = intent.holdings, intent.prices, intent.stand.policy
    book = holdings.book
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = (desired - holdings.worth) / book.price
    wanted = np.where(intent.movable & ~np.isnan(wanted), wanted, 0.0)
    listed = turnover.listed(wanted, book, policy)
    permitted = turnover.capped(listed, holdings, policy)
    beyond = intent.plan.beyond & (permitted == listed)
    buy, sell = (np.nan_to_num(limits * book.fx) for limits in (prices.buy, prices.sell))
    return Sized(prices, wanted, listed, permitted, *size(permitted, buy, sell, beyond, holdings, policy))
