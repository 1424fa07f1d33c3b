"""The limit price of an order."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from quant.book.book import Book, Side
from quant.book.holdings import Holdings, Mask
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


@dataclass(frozen=True)
class LimitPrices:
    """The limit prices of a book's symbols, each in its own unit, shape (symbols,).

    0 where there is no price, or none on the symbol's ticks.
    """

    book: Book
    offset: float

    @cached_property
    def buy(self) -> Floats:
        """Of buys."""
        return self._of("BUY")

    @cached_property
    def sell(self) -> Floats:
        """Of sells."""
        return self._of("SELL")

    def of(self, signed: Floats) -> Floats:
        """Of orders of these signed quantities, without NaN; 0 where there is no order."""
        return np.where(signed > 0, self.buy, np.where(signed < 0, self.sell, 0.0))

    @cached_property
    def unpriced(self) -> bool:
        """Whether the ticks that some symbol states have no price near its close."""
        if not self._stated.any():
            return False
        return bool((self._stated & ((self.buy == 0) | (self.sell == 0)) & (self.book.price > 0)).any())

    def orderable(self, desired: Floats, holdings: Holdings) -> Mask:
        """Where the symbols' own ticks have a limit price for the order to the `desired` value, if any.

        `desired`, shape (rows, symbols), in the portfolio's currency; NaN: no order.
        """
        missing = np.where(np.isnan(desired), 0.0, np.nan_to_num(desired) - np.nan_to_num(holdings.worth))
        return np.asarray(~self._stated | (missing == 0) | (self.of(missing) > 0))

    @cached_property
    def _stated(self) -> Mask:
        """The symbols that state their own ticks."""
        ticks = self.book.ticks
        return np.array([ticks.get(symbol, USUAL).kind == "stated" for symbol in self.book.symbols])

    def _of(self, side: Side) -> Floats:
        book, found = self.book, np.zeros(len(self.book.symbols))
        for i in np.flatnonzero(book.price > 0).tolist():
            ticks = BEFORE if before(book) else book.ticks.get(book.symbols[i], USUAL)
            found[i] = limit_price(side, float(book.close[i]), self.offset, ticks)
        return found
