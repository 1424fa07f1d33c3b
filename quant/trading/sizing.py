"""From wanted quantities to orders that the lot, the holdings and the cash allow."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quant.book.book import Book
from quant.market.panel import Floats
from quant.policy.policy import Policy

Mask = npt.NDArray[np.bool_]
SINCE = 2
"""The version of the definition "sizing" (quant/policy/definitions.py) that is described here."""
ALIKE = 1e-12
"""The share of value by which sums of prices may differ in their last digits."""


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


def before(book: Book) -> bool:
    """Whether a run of before is decided again, as it was.

    Then all quantities are rounded toward zero, a sell that is dropped as too small has paid for buys, all
    limits are on the ticks of shares, and a conflict is that of the last round.
    """
    return book.definitions.of("sizing") < SINCE


def whole_lots(shares: Floats, lot_size: int) -> Floats:
    """Non-negative `shares` rounded toward zero to the lot (0: to 1e-6 of a share).

    A full exit divides a value by the close that it was multiplied with, which may give 99.99999999999999:
    1e-9 of a share and a few units in the last place are forgiven.
    """
    forgiven = shares * (1 + 1e-14) + 1e-9
    return np.floor(forgiven * 1e6) / 1e6 if lot_size == 0 else np.floor(forgiven / lot_size) * lot_size


def lots_beyond(shares: Floats, lot_size: int) -> Floats:
    """Non-negative `shares` rounded away from zero to the lot; as much is forgiven as by `whole_lots`."""
    forgiven = np.maximum(shares * (1 - 1e-14) - 1e-9, 0.0)
    return np.ceil(forgiven * 1e6) / 1e6 if lot_size == 0 else np.ceil(forgiven / lot_size) * lot_size


def sold(wanted: Floats, beyond: Mask, held: Floats, lot_size: int) -> Floats:
    """The lots of the sells `wanted` (none below 0): more than that where `beyond`, never than held."""
    lots, further = np.minimum(whole_lots(wanted, lot_size), held), lots_beyond(wanted, lot_size)
    return np.where(beyond & (further <= held), further, lots)


def size(
    wanted: Floats, limit: Floats, beyond: Mask, book: Book, policy: Policy
) -> tuple[Floats, Floats, float]:
    """Signed quantities in shares, before and after the minimum trade, and the factor in 0..1 of all buys.

    `wanted`: unrounded signed quantities, 0 for no trade; `limit`: limit prices in the portfolio's currency,
    0 where `wanted` is 0; `beyond`: what is rounded away from zero, to reach its band. All have shape
    (symbols,) and no NaN. Sells come first, and those below `min_trade` are dropped; then the buys share the
    cash, counted at limit prices, above the buffer. Buys are all rounded toward zero where the lots
    `beyond` cost more than that; what is then below `min_trade` is dropped, without a second pass.
    """
    sells = sold(np.maximum(-wanted, 0.0), beyond, book.quantity, policy.lot_size)
    buys = np.maximum(wanted, 0.0)
    paid = sells if before(book) else np.where(sells * book.price < policy.min_trade, 0.0, sells)
    available = book.cash + float(np.sum(paid * limit)) - policy.cash_buffer * book.value
    needed = float(np.sum(buys * limit))
    factor = min(1.0, max(0.0, available) / needed) if needed > 0 else 1.0
    lots = whole_lots(buys * factor, policy.lot_size)
    further = np.where(beyond, lots_beyond(buys * factor, policy.lot_size), lots)
    if float(np.sum(further * limit)) <= available + ALIKE * book.value:
        lots = further
    lots = lots - sells
    too_small = np.abs(lots) * book.price < policy.min_trade
    return lots, np.where(too_small, 0.0, lots), factor
