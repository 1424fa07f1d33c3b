"""Losses that a purchase would disallow: of shares sold at a loss, as many as are bought again near the sale.

Internal Revenue Code section 1091; IRS Publication 550, Wash Sales. What was bought before a sale is looked
at when its lots are chosen (quant/lots.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from quant.policy import Amount, Strict, Symbol


class SoldAtLoss(Strict):
    """Shares that were sold at a `loss`, which is positive and in the portfolio's currency."""

    symbol: Symbol
    day: date
    quantity: Amount
    loss: Amount


class WashSales(Strict):
    """The past losses that a purchase would disallow, the oldest first; `block`: such a purchase is held."""

    block: bool
    sold: tuple[SoldAtLoss, ...] = ()


@dataclass(frozen=True)
class Purchase:
    """Shares that were bought on a day and are still held."""

    symbol: str
    day: date
    quantity: float


def still_open(
    sold: Sequence[SoldAtLoss], bought: Sequence[Purchase], day: date, window: int
) -> tuple[SoldAtLoss, ...]:
    """What a purchase on `day` would disallow of the losses `sold`, the oldest first.

    A sale counts for `window` days. Shares bought within them, and still held, have disallowed the loss on as
    many of those sold, the oldest sale's first: that is done.
    """
    left = [one.quantity for one in bought]
    found = []
    for sale in sorted(sold, key=lambda sale: sale.day):
        shares = sale.quantity
        for i, one in enumerate(bought):
            if one.symbol == sale.symbol and 0 <= (one.day - sale.day).days <= window:
                used = min(left[i], shares)
                left[i], shares = round(left[i] - used, 9), round(shares - used, 9)
        if shares > 0 and 0 <= (day - sale.day).days <= window:
            loss = sale.loss * shares / sale.quantity
            found.append(sale.model_copy(update={"quantity": shares, "loss": loss}))
    return tuple(found)


def disallowed(symbol: str, quantity: float, sold: Sequence[SoldAtLoss]) -> float:
    """The loss that a purchase would disallow, in the portfolio's currency; the oldest sale's first."""
    total, left = 0.0, quantity
    for sale in sold:
        if sale.symbol == symbol:
            used = min(left, sale.quantity)
            total, left = total + sale.loss * used / sale.quantity, left - used
    return total
