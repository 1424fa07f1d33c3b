"""Deposits and withdrawals used before anything else: which trades cash alone asks for."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from quant.book.book import Book
from quant.market.panel import Floats
from quant.policy.policy import Policy


def desired_values(book: Book, policy: Policy, movable: npt.NDArray[np.bool_]) -> Floats:
    """What each symbol would be worth once cash is at its buffer, in currency, shape (symbols,).

    Cash above the buffer buys what is furthest below its target, so that the largest shortfalls become
    equal; cash that is missing sells what is furthest above, and no more than brings the buffer back at limit
    prices. NaN where a symbol stays. None crosses its target. `movable` is False for what cannot trade; the
    book must have a positive value.
    """
    held = np.nan_to_num(book.quantity * book.price)
    missing = book.target * book.value * (1 - policy.cash_buffer) - held
    spare = book.cash - policy.cash_buffer * book.value
    side = 1.0 if spare > 0 else -1.0
    gaps = np.where(movable, np.maximum(side * missing, 0.0), 0.0)
    amount = spare if spare > 0 else -spare / (1 - policy.limit_offset)
    moves = levelled(gaps, amount)
    return np.where(moves > 0, held + side * moves, np.nan)


def levelled(gaps: Floats, amount: float) -> Floats:
    """The parts of `amount` that close the largest of `gaps` (none below 0) until those are equal.

    max(gap − level, 0) with the level at which they sum to `amount`: the projection on a simplex (Held, Wolfe
    and Crowder, Validation of subgradient optimization, Mathematical Programming 6, 1974).
    """
    ordered = np.sort(gaps)[::-1]
    levels = (np.cumsum(ordered) - amount) / np.arange(1, len(gaps) + 1)
    return np.maximum(gaps - max(float(levels.max()), 0.0), 0.0)


def afterwards(book: Book, desired: Floats) -> Book:
    """The book as it would be with these desired values (NaN: unchanged), traded at the close."""
    traded = ~np.isnan(desired)
    quantity = np.where(traded, desired / np.where(traded, book.price, 1.0), book.quantity)
    spent = float(np.sum(np.where(traded, desired - book.quantity * book.price, 0.0)))
    return replace(book, quantity=quantity, cash=book.cash - spent)
