"""From wanted quantities to orders that the lot, the holdings and the cash allow."""

from dataclasses import dataclass

import numpy as np

from quant.book import Book
from quant.panel import Floats
from quant.policy import Policy


@dataclass(frozen=True)
class Sized:
    """What each step left of the wanted quantities: signed, in shares, aligned with the book's symbols.

    `wanted` is unrounded, `listed` what the do-not lists let stand of it, `permitted` what the turnover cap
    does; `limits` are prices in the instrument's own unit; `lots` what lots and cash allow, and `quantity`
    what of that reaches the minimum trade. `factor` in 0..1 is the share of all buys that the cash allows.
    """

    wanted: Floats
    listed: Floats
    permitted: Floats
    limits: Floats
    lots: Floats
    quantity: Floats
    factor: float


def whole_lots(shares: Floats, lot_size: int) -> Floats:
    """Non-negative `shares` rounded toward zero to the lot (0: to 1e-6 of a share).

    A full exit divides a value by the close that it was multiplied with, which may give 99.99999999999999:
    1e-9 of a share and a few units in the last place are forgiven.
    """
    forgiven = shares * (1 + 1e-14) + 1e-9
    return np.floor(forgiven * 1e6) / 1e6 if lot_size == 0 else np.floor(forgiven / lot_size) * lot_size


def size(wanted: Floats, limit: Floats, book: Book, policy: Policy) -> tuple[Floats, Floats, float]:
    """Signed quantities in shares, before and after the minimum trade, and the factor in 0..1 of all buys.

    `wanted`: unrounded signed quantities, 0 for no trade; `limit`: limit prices in the portfolio's currency,
    0 where `wanted` is 0. Both have shape (symbols,) and no NaN. Sells come first; then the buys share
    the cash, counted at limit prices, above the buffer; what is then below `min_trade` is dropped,
    without a second pass: so the proceeds of a dropped sell may be missing from the buffer.
    """
    sells = np.minimum(whole_lots(np.maximum(-wanted, 0.0), policy.lot_size), book.quantity)
    buys = np.maximum(wanted, 0.0)
    available = book.cash + float(np.sum(sells * limit)) - policy.cash_buffer * book.value
    needed = float(np.sum(buys * limit))
    factor = min(1.0, max(0.0, available) / needed) if needed > 0 else 1.0
    lots = whole_lots(buys * factor, policy.lot_size) - sells
    too_small = np.abs(lots) * book.price < policy.min_trade
    return lots, np.where(too_small, 0.0, lots), factor
