"""Who trades, and where to: the desired value of each symbol under the policy's destination."""

from dataclasses import dataclass, replace

import numpy as np

from quant.book.drift import Drifts
from quant.book.holdings import Codes, Mask
from quant.market.panel import Floats
from quant.rebalance import cash_first
from quant.rebalance.standing import Standing
from quant.rebalance.triggering import measures, rebalances
from quant.trading.sizing import before


@dataclass(frozen=True)
class Plan:
    """Where each row wants each symbol, and why; shape (rows, symbols).

    `desired`: the value in currency, NaN where the symbol stays. `trigger`: why it would move, as a code of
    `quant.rebalance.standing.triggers`. `beyond`: what must reach its band and is rounded away from zero.
    """

    desired: Floats
    trigger: Codes
    beyond: Mask


def plan(stand: Standing, movable: Mask) -> Plan:
    """Where the policy wants each symbol: by cash alone where that is enough, else to the destination.

    `movable`, shape (rows, symbols), is False for what cannot trade. What has no band (the calendar) acts on
    the destination "target" alone.
    """
    policy, rebalanced = stand.policy, stand.rebalances[:, None]
    desired, trigger, beyond = _to_target(stand), stand.triggers, np.zeros((1, 1), bool)
    if policy.destination != "target":
        desired = _in_band(stand, movable & rebalanced)
        beyond = stand.breached & (not before(stand.holdings.book))
    if policy.cash_first:
        by_cash, enough = _by_cash(stand, movable)
        desired = np.where(enough, by_cash, desired)
        trigger, beyond = np.where(enough, stand.code["cash_first"], trigger), beyond & ~enough
    return Plan(desired, trigger, np.broadcast_to(beyond, desired.shape))


def _to_target(stand: Standing) -> Floats:
    """The targets' values less the buffer; NaN where a row does not rebalance."""
    value = np.where(stand.rebalances, stand.holdings.value, np.nan)
    return np.asarray(stand.holdings.book.target * value[:, None] * (1 - stand.policy.cash_buffer))


def _by_cash(stand: Standing, movable: Mask) -> tuple[Floats, Mask]:
    """The desired values if cash alone is used, and the rows, as a column, that this puts right."""
    holdings = stand.holdings
    desired = cash_first.desired_values(holdings, stand.policy, movable)
    after = Drifts(cash_first.afterwards(holdings, desired), stand.bands)
    situation = replace(stand.situation, drifts=after)
    flows = frozenset({"cash_flow"})  # what cash could do has been done
    return desired, (stand.rebalances & ~rebalances(situation, measures(situation), flows))[:, None]


def _in_band(stand: Standing, movable: Mask) -> Floats:
    """Breached keys go to the band's edge, halfway or to a distance; others only pay or absorb.

    The desired value is weight * value without the buffer's factor, or else a buy would stop short of the
    edge and breach again on the next day.
    """
    holdings, goals = stand.holdings, _goals(stand)
    actual = holdings.weights
    moved = np.where(movable & stand.own, goals[:, : actual.shape[1]], actual)
    for number in range(len(holdings.book.members)):
        moved = _with_class(stand, moved, goals, number, movable)
    weights = moved + _counter_moves(stand, moved - actual, movable & ~stand.breached)
    return np.where(weights == actual, np.nan, weights * holdings.value[:, None])


def _goals(stand: Standing) -> Floats:
    """The weight of each key on its own side of its target: at its band's edge, or nearer, as is set."""
    policy, reach = stand.policy, stand.reach
    if policy.destination == "halfway":
        reach = reach * 0.5
    if policy.destination == "distance" and policy.distance is not None:
        reach = np.minimum(policy.distance, reach)
    return np.asarray(stand.bands.target + np.copysign(reach, stand.drifts.drift))


def _with_class(stand: Standing, weights: Floats, goals: Floats, number: int, movable: Mask) -> Floats:
    """`weights` with what a breached class still misses, shared in proportion to targets.

    By its members that are `movable`. None goes below 0; what one cannot sell is left undone.
    """
    breached, book = stand.by_class[:, number], stand.holdings.book
    if not breached.any():
        return weights
    key = len(book.symbols) + number
    missing = goals[:, key] - stand.holdings.of_class(number, weights)
    members = movable & (book.class_of == number)
    shares = np.where(members, book.target, 0.0)
    total = shares.sum(axis=1)
    # Where the sign of both is the same, its instruments' own moves were enough.
    moves = breached & (missing * stand.drifts.drift[:, key] < 0) & (total > 0)
    part = missing[:, None] * shares / np.where(total > 0, total, 1.0)[:, None]
    return np.where(members & moves[:, None], np.maximum(weights + part, 0.0), weights)


def _counter_moves(stand: Standing, moves: Floats, others: Mask) -> Floats:
    """Changes of weight of the `others` that pay for a net purchase or take up a net sale of `moves`.

    In proportion to their opposite drifts and at most to their targets. A purchase uses the cash above the
    buffer first; cash that is missing from the buffer is refilled first either way.
    """
    holdings, net = stand.holdings, moves.sum(axis=1)
    spare = holdings.cash / holdings.value - stand.policy.cash_buffer
    side = np.copysign(1.0, net)
    amount = np.where(net > 0, net - spare, -net + np.minimum(spare, 0.0))
    drift = np.where(others, holdings.weights - holdings.book.target, 0.0)
    opposite = np.maximum(side[:, None] * drift, 0.0)
    total = opposite.sum(axis=1)
    share = np.minimum(1.0, np.maximum(amount, 0.0) / np.where(total > 0, total, 1.0))
    return np.asarray(-side[:, None] * opposite * share[:, None])
