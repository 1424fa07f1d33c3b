"""The orders of many accounts: where each symbol should go, sized by lots, holdings and cash.

The same rules as quant/rebalance/destinations.py, over accounts.
"""

from dataclasses import dataclass

import numpy as np

from quant.accounts import Codes
from quant.accounts.standing import Standing
from quant.book.holdings import Mask
from quant.market.panel import Floats
from quant.rebalance import cash_first, turnover
from quant.rebalance.triggering import measures, rebalances
from quant.trading.sizing import before, size


@dataclass(frozen=True)
class Proposal:
    """Signed quantities in shares, 0 for no trade, and why each symbol would trade, as codes of `Market`."""

    quantity: Floats
    trigger: Codes


def propose(stand: Standing, fixed: Mask) -> Proposal:
    """The orders of each account; `fixed` symbols do not trade.

    Accounts that do not rebalance have none, and those without a positive value do not. What no limit price
    can buy does not move, so that nothing is sold to pay for it.
    """
    market, policy, holdings = stand.market, stand.inputs.policy, stand.holdings
    movable = ~fixed & (market.price > 0) & stand.rebalances[:, None]
    desired, by_cash = _desired(stand, movable)
    while market.unpriced and not (orderable := _orderable(stand, desired))[movable].all():
        movable &= orderable
        desired, by_cash = _desired(stand, movable)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = (desired - holdings.worth) / market.price
    listed = turnover.listed(np.where(movable & ~np.isnan(wanted), wanted, 0.0), market.book, policy)
    permitted = turnover.capped(listed, holdings, policy)
    beyond = stand.breached_symbols & (policy.destination != "target" and not before(market.book))
    beyond = beyond & ~by_cash & (permitted == listed)
    buy, sell = (np.nan_to_num(prices * market.book.fx) for prices in (market.buy, market.sell))
    _, quantity, _ = size(permitted, buy, sell, beyond, holdings, policy)
    return Proposal(quantity, np.where(by_cash, market.code["cash_first"], stand.triggers))


def _desired(stand: Standing, movable: Mask) -> tuple[Floats, Mask]:
    """The desired values in currency, NaN where a symbol stays; and where cash alone is enough."""
    policy, holdings = stand.inputs.policy, stand.holdings
    if policy.destination == "target":
        desired = np.asarray(holdings.book.target * holdings.value[:, None] * (1 - policy.cash_buffer))
    else:
        desired = _in_band(stand, movable)
    if not policy.cash_first:
        return desired, np.zeros((len(desired), 1), bool)
    by_cash = cash_first.desired_values(holdings, policy, movable)
    after = stand.with_holdings(cash_first.afterwards(holdings, by_cash))
    enough = stand.rebalances & ~rebalances(after, measures(after), frozenset({"cash_flow"}))
    return np.where(enough[:, None], by_cash, desired), enough[:, None]


def _orderable(stand: Standing, desired: Floats) -> Mask:
    """What can be ordered: the symbols whose own ticks have a limit price for the order."""
    market = stand.market
    missing = np.where(np.isnan(desired), 0.0, np.nan_to_num(desired) - np.nan_to_num(stand.holdings.worth))
    limit = np.where(missing > 0, market.buy, market.sell)
    return np.asarray(~market.stated | (missing == 0) | (limit > 0))


def _in_band(stand: Standing, movable: Mask) -> Floats:
    """The desired values of a destination in the band, in currency; NaN where a symbol stays."""
    market, symbols = stand.market, len(stand.market.price)
    actual = stand.holdings.weights
    moved = np.where(movable & stand.own, _goals(stand)[:, :symbols], actual)
    for number in range(len(market.book.members)):
        moved = _with_class(stand, moved, number, movable)
    weights = moved + _counter_moves(stand, moved - actual, movable & ~stand.breached_symbols)
    return np.where(weights == actual, np.nan, weights * stand.holdings.value[:, None])


def _goals(stand: Standing) -> Floats:
    """The weight of each key on its own side of the target: at the band's edge or nearer."""
    policy = stand.inputs.policy
    reach = stand.reach * 0.5 if policy.destination == "halfway" else stand.reach
    if policy.destination == "distance" and policy.distance is not None:
        reach = np.minimum(policy.distance, stand.reach)
    return np.asarray(stand.drifts.bands.target + np.copysign(reach, stand.drifts.drift))


def _with_class(stand: Standing, weights: Floats, number: int, movable: Mask) -> Floats:
    """`weights` with what a breached class still misses, shared by members in proportion to their targets."""
    breached = stand.by_class[:, number]
    if not breached.any():
        return weights
    market = stand.market
    key = len(market.price) + number
    within = stand.holdings.membership[:, number]
    missing = _goals(stand)[:, key] - weights @ within
    shares = np.where(movable & (within != 0), market.book.target, 0.0)
    total = shares.sum(axis=1)
    moves = breached & (missing * stand.drifts.drift[:, key] < 0) & (total > 0)
    part = missing[:, None] * shares / np.where(total > 0, total, 1.0)[:, None]
    members = movable & (within != 0) & moves[:, None]
    return np.where(members, np.maximum(weights + part, 0.0), weights)


def _counter_moves(stand: Standing, moves: Floats, others: Mask) -> Floats:
    """Changes of weight of the `others` that pay for a net purchase or take up a net sale of `moves`."""
    net = moves.sum(axis=1)
    spare = stand.holdings.cash / stand.holdings.value - stand.inputs.policy.cash_buffer
    side = np.copysign(1.0, net)
    amount = np.where(net > 0, net - spare, -net + np.minimum(spare, 0.0))
    drift = np.where(others, stand.holdings.weights - stand.market.book.target, 0.0)
    opposite = np.maximum(side[:, None] * drift, 0.0)
    total = opposite.sum(axis=1)
    share = np.minimum(1.0, np.maximum(amount, 0.0) / np.where(total > 0, total, 1.0))
    return np.asarray(-side[:, None] * opposite * share[:, None])
