"""Losses that a purchase would disallow: of shares sold at a loss, as many as are bought again near the sale.

Internal Revenue Code section 1091; IRS Publication 550, Wash Sales. What was bought already is matched with
what was sold when either is booked (config/replaced.py).
"""

from collections.abc import Sequence
from datetime import date

from quant.policy.policy import Amount, Strict, Symbol


class SoldAtLoss(Strict):
    """Shares that were sold at a `loss`, which is positive and in the portfolio's currency.

    `acquired` is None where it is not known, as in what runs of before have kept.
    """

    symbol: Symbol
    day: date
    acquired: date | None = None
    quantity: Amount
    loss: Amount


class WashSales(Strict):
    """The past losses that a purchase would disallow, the oldest first; `block`: such a purchase is held."""

    block: bool
    sold: tuple[SoldAtLoss, ...] = ()


def still_open(sold: Sequence[SoldAtLoss], day: date, window: int) -> tuple[SoldAtLoss, ...]:
    """What a purchase on `day` would disallow of the losses `sold`, in the order in which it does.

    A sale counts for `window` days; its earliest-acquired lots come first (quant/trading/replacements.py).
    """
    near = [one for one in sold if one.quantity > 0 and 0 <= (day - one.day).days <= window]
    return tuple(sorted(near, key=lambda one: (one.day, one.acquired or date.min)))


def disallowed(symbol: str, quantity: float, sold: Sequence[SoldAtLoss]) -> float:
    """The loss that a purchase would disallow, in the portfolio's currency; the oldest sale's first."""
    total, left = 0.0, quantity
    for sale in sold:
        if sale.symbol == symbol:
            used = min(left, sale.quantity)
            total, left = total + sale.loss * used / sale.quantity, left - used
    return total
