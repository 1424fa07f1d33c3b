"""The days on which a policy may rebalance, of all days on which holdings stand still, in one pass.

A day is a row of the same core that judges many accounts. Each position is given at its value, as so many
shares at a price of 1. What is found here is only a reason to decide: what is decided on such a day is the
decision of a run.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from quant.book.book import Book
from quant.book.drift import Bands
from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance.pairs import situation, together
from quant.rebalance.triggering import measures, rebalances
from quant.triggers import Measured, Past

NEAR = 1e-9
"""A number that lies so near to its limit counts as if it fired: rows and runs differ in the last digit."""


def may_rebalance(
    book: Book, policy: Policy, worth: Floats, cash: Floats, due: Mask, volatility: Floats
) -> Mask:
    """Where the policy may ask for a rebalance, shape (days,), whatever cooldown runs.

    `worth` (days, symbols) are the values of the positions of `book` at the closes, of which only symbols,
    classes, targets, bands and definitions are read, and `cash` (days,); all in the portfolio's currency.
    `due`: where the policy's calendar asks. `volatility` (days, symbols) is annualised; NaN, not known, may
    have fired. So may a day on which a held position has no value.
    """
    unit = np.ones(len(book.symbols))
    priced = replace(book, quantity=np.zeros_like(unit), close=unit, fx=unit)
    found = np.asarray(~np.isfinite(worth).all(axis=1))
    for calendar in (False, True):
        rows = np.flatnonzero((due == calendar) & ~found)
        if len(rows):
            past = Past(volatility[rows])
            held = Holdings(priced, worth[rows], cash[rows])
            seen = situation(held, Bands(together(priced), policy), calendar, past)
            found[rows] = rebalances(seen, _generous(measures(seen)), cooldown=False)
    return found


def _generous(measured: Sequence[Measured]) -> list[Measured]:
    """The same, with what is near its limit, or has none that is known, as fired."""
    return [replace(one, fired=one.fired | np.isnan(one.limit) | _near(one)) for one in measured]


def _near(one: Measured) -> Mask:
    """Where a number nearly reaches its limit; nothing at all is held of what is 0."""
    return np.asarray((one.value != 0) & (np.abs(np.abs(one.value) - one.limit) <= NEAR))
