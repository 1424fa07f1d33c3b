"""Deposits and withdrawals used before anything else: which trades cash alone asks for."""

from dataclasses import replace

import numpy as np

from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy


def desired_values(holdings: Holdings, policy: Policy, movable: Mask) -> Floats:
    """What each symbol would be worth once cash is at its buffer, in currency, shape (rows, symbols).

    Cash above the buffer buys what is furthest below its target, so that the largest shortfalls become
    equal; cash that is missing sells what is furthest above, and no more than brings the buffer back at limit
    prices. NaN where a symbol stays. None crosses its target. `movable` is False for what cannot trade.
    """
    value, worth = holdings.value[:, None], np.nan_to_num(holdings.worth)
    missing = holdings.book.target * value * (1 - policy.cash_buffer) - worth
    spare = holdings.cash[:, None] - policy.cash_buffer * value
    side = np.where(spare > 0, 1.0, -1.0)
    gaps = np.where(movable, np.maximum(side * missing, 0.0), 0.0)
    amount = np.where(spare > 0, spare, -spare / (1 - policy.limit_offset))
    moves = levelled(gaps, amount[:, 0])
    return np.where(moves > 0, worth + side * moves, np.nan)


def levelled(gaps: Floats, amount: Floats) -> Floats:
    """The parts of each row's `amount` that close the largest of its `gaps` until those are equal.

    No gap is below 0. max(gap − level, 0) with the level at which they sum to the amount: the projection on a
    simplex (Held, Wolfe and Crowder, Validation of subgradient optimization, Mathematical Programming 6,
    1974).
    """
    ordered = np.sort(gaps, axis=1)[:, ::-1]
    levels = (np.cumsum(ordered, axis=1) - amount[:, None]) / np.arange(1, gaps.shape[1] + 1)
    level = np.maximum(levels.max(axis=1), 0.0)
    return np.asarray(np.maximum(gaps - np.asarray(level)[:, None], 0.0))


def afterwards(holdings: Holdings, desired: Floats) -> Holdings:
    """The rows as they would be with these desired values (NaN: unchanged), traded at the close."""
    book, traded = holdings.book, ~np.isnan(desired)
    quantity = np.where(traded, desired / np.where(traded, book.price, 1.0), holdings.quantity)
    spent = np.sum(np.where(traded, desired - holdings.quantity * book.price, 0.0), axis=1)
    if holdings.single:
        return Holdings.of(replace(book, quantity=quantity[0], cash=book.cash - float(spent[0])))
    return replace(holdings, quantity=quantity, cash=holdings.cash - spent)
