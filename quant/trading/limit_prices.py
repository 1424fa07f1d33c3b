"""The limit price of an order."""

from decimal import Decimal

import numpy as np

from quant.book.book import Book, Side
from quant.book.ticks import BEFORE, USUAL, Ticks
from quant.market.panel import Floats
from quant.trading.sizing import before


def limit_price(side: Side, close: float, offset: float, ticks: Ticks = USUAL) -> float:
    """BUY close * (1 + offset) rounded down, SELL close * (1 - offset) rounded up, to the tick.

    Decimal arithmetic on the shortest decimal form of both numbers, so that 10 * 1.005 is 10.05 and not the
    cent below. 0 where no price on the ticks is possible (quant/book/ticks.py).
    """
    exact = Decimal(repr(float(close)))
    share = Decimal(repr(float(offset)))
    price = exact * (1 + share) if side == "BUY" else exact * (1 - share)
    return float(ticks.rounded(price, exact, up=side == "SELL"))


def limit_prices(signed: Floats, book: Book, offset: float) -> Floats:
    """The limit prices of a book's symbols, each in its own unit, shape (symbols,): of a BUY where `signed`
    is above 0, of a SELL below; 0 where it is neither, or there is no price.
    """
    found = np.zeros(len(book.symbols))
    for i in np.flatnonzero(np.nan_to_num(signed) * (book.price > 0)).tolist():
        ticks = BEFORE if before(book) else book.ticks.get(book.symbols[i], USUAL)
        found[i] = limit_price("BUY" if signed[i] > 0 else "SELL", float(book.close[i]), offset, ticks)
    return found
