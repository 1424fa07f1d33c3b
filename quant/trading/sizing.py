"""From wanted quantities to orders that the lot, the holdings and the cash allow."""

import numpy as np

from quant.book.book import Book
from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy

SINCE = 2
"""The version of the definition "sizing" (quant/policy/definitions.py) that is described here."""
ALIKE = 1e-12
"""The share of value by which sums of prices may differ in their last digits."""


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
    wanted: Floats, buy: Floats, sell: Floats, beyond: Mask, holdings: Holdings, policy: Policy
) -> tuple[Floats, Floats, Floats]:
    """Signed quantities in shares, before and after the minimum trade, and the factor in 0..1 of all buys.

    Shapes (rows, symbols), and (rows,) of the factor. `wanted`: unrounded signed quantities, 0 for no trade;
    `buy` and `sell`: limit prices in the portfolio's currency, shape (symbols,), 0 where nothing can be
    ordered; `beyond`: what is rounded away from zero, to reach its band. None has NaN. Sells come first, and
    those below `min_trade` are dropped; then the buys share the cash, counted at limit prices, above the
    buffer. Buys of a row are all rounded toward zero where its lots `beyond` cost more than that; what is
    then below `min_trade` is dropped, without a second pass.
    """
    value, price, lot = holdings.value, np.nan_to_num(holdings.book.price), policy.lot_size

    def cost(quantity: Floats, limit: Floats) -> Floats:
        # Each in the order of its sum in runs of before: see `Holdings.single`.
        return np.asarray((quantity * limit).sum(axis=1) if holdings.single else quantity @ limit)

    sells = sold(np.where(sell > 0, np.maximum(-wanted, 0.0), 0.0), beyond, holdings.quantity, lot)
    buys = np.where(buy > 0, np.maximum(wanted, 0.0), 0.0)
    paid = sells if before(holdings.book) else np.where(sells * price < policy.min_trade, 0.0, sells)
    available = holdings.cash + cost(paid, sell) - policy.cash_buffer * value
    needed = cost(buys, buy)
    factor = np.minimum(1.0, np.maximum(available, 0.0) / np.where(needed > 0, needed, 1.0))
    factor = np.where(needed > 0, factor, 1.0)
    share = buys * factor[:, None]
    lots = whole_lots(share, lot)
    if beyond.any():
        further = np.where(beyond, lots_beyond(share, lot), lots)
        lots = np.where((cost(further, buy) <= available + ALIKE * value)[:, None], further, lots)
    lots = lots - sells
    return lots, np.where(np.abs(lots) * price < policy.min_trade, 0.0, lots), factor
