"""The orders of many accounts: where each symbol should go, sized by lots, holdings and cash.

The same rules as quant/rebalance/destinations.py, quant/rebalance/rebalance.py and quant/trading/sizing.py,
over accounts.
"""

import numpy as np

from quant.accounts.standing import Standing
from quant.book.holdings import Mask
from quant.market.panel import Floats
from quant.trading.sizing import ALIKE, before, lots_beyond, sold, whole_lots


def propose(stand: Standing, fixed: Mask) -> Floats:
    """Signed quantities in shares, 0 for no trade; `fixed` symbols do not trade.

    Accounts that do not rebalance have none, and those without a positive value do not.
    """
    market, policy = stand.market, stand.inputs.policy
    movable = ~fixed & (market.price > 0) & stand.rebalances[:, None]
    if policy.destination == "target":
        desired = market.book.target * stand.holdings.value[:, None] * (1 - policy.cash_buffer)
    else:
        desired = _in_band(stand, movable)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = (desired - stand.holdings.worth) / market.price
    beyond = stand.breached_symbols & (policy.destination != "target" and not before(market.book))
    return _sized(stand, np.where(movable & ~np.isnan(wanted), wanted, 0.0), beyond)


def _sized(stand: Standing, wanted: Floats, beyond: Mask) -> Floats:
    """Whole lots of what is `wanted`: sells first, buys by one factor from the cash, small ones dropped.

    `beyond`: what is rounded away from zero.
    """
    policy, market, fx = stand.inputs.policy, stand.market, stand.market.book.fx
    price = _counted(market.price)
    wanted_sells = np.where(market.sell > 0, np.maximum(-wanted, 0.0), 0.0)
    sells = sold(wanted_sells, beyond, stand.holdings.quantity, policy.lot_size)
    paid = sells if before(market.book) else np.where(sells * price < policy.min_trade, 0.0, sells)
    buys = np.where(market.buy > 0, np.maximum(wanted, 0.0), 0.0)
    limit = _counted(market.buy * fx)
    available = (
        stand.holdings.cash + paid @ _counted(market.sell * fx) - policy.cash_buffer * stand.holdings.value
    )
    needed = buys @ limit
    factor = np.minimum(1.0, np.maximum(available, 0.0) / np.where(needed > 0, needed, 1.0))
    share = buys * np.where(needed > 0, factor, 1.0)[:, None]
    lots = whole_lots(share, policy.lot_size)
    if beyond.any():
        further = np.where(beyond, lots_beyond(share, policy.lot_size), lots)
        fits = further @ limit <= available + ALIKE * stand.holdings.value
        lots = np.where(fits[:, None], further, lots)
    quantity = lots - sells
    return np.where(np.abs(quantity) * price < policy.min_trade, 0.0, quantity)


def _counted(prices: Floats) -> Floats:
    """Prices, 0 where there is none: nothing trades there."""
    return np.nan_to_num(prices)


def _in_band(stand: Standing, movable: Mask) -> Floats:
    """The desired values of a destination in the band, in currency; NaN where a symbol stays."""
    market, symbols = stand.market, len(stand.market.price)
    actual = stand.holdings.weights
    moved = np.where(movable & stand.own, _goals(stand)[:, :symbols], actual)
    for number in range(len(market.classes)):
        moved = _with_class(stand, moved, number, movable)
    weights = moved + _counter_moves(stand, moved - actual, movable & ~stand.breached_symbols)
    return np.where(weights == actual, np.nan, weights * stand.holdings.value[:, None])


def _goals(stand: Standing) -> Floats:
    """The weight of each key on its own side of the target: at the band's edge or nearer."""
    market, policy = stand.market, stand.inputs.policy
    reach = market.band * 0.5 if policy.destination == "halfway" else market.band
    if policy.destination == "distance" and policy.distance is not None:
        reach = np.minimum(policy.distance, market.band)
    return np.asarray(market.target + np.copysign(reach, stand.drift))


def _with_class(stand: Standing, weights: Floats, number: int, movable: Mask) -> Floats:
    """`weights` with what a breached class still misses, shared by members in proportion to their targets."""
    breached = stand.by_class[:, number]
    if not breached.any():
        return weights
    market = stand.market
    key = len(market.price) + number
    within = market.membership[:, number]
    missing = _goals(stand)[:, key] - weights @ within
    shares = np.where(movable & (within != 0), market.book.target, 0.0)
    total = shares.sum(axis=1)
    moves = breached & (missing * stand.drift[:, key] < 0) & (total > 0)
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
