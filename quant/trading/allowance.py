"""How much of a symbol may be sold within a gain, and in which order sales cost the least tax."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

import numpy as np

from quant.policy.policy import Tax
from quant.trading.lots import UNTAXED, Columns, Lot, ordered
from quant.trading.sales import sell


@dataclass(frozen=True)
class Piece:
    """Some of a position, `worth` in currency at its price, and the `rate` of tax on selling a unit of it.

    `rate` is a share of what is sold, below 0 for a loss.
    """

    rate: float
    worth: float


@dataclass(frozen=True)
class TaxLots:
    """The lots of a portfolio by symbol, each with cost and date, and the tax rules of a sale on `day`.

    Prices and costs are per share, in the portfolio's currency.
    """

    lots: Mapping[str, Sequence[Lot]] = field(default_factory=dict)
    tax: Tax = UNTAXED
    day: date = date.min

    def covers(self, symbol: str, quantity: float) -> bool:
        """Whether the cost of every share that is held is known."""
        return sum(lot.quantity for lot in self.lots.get(symbol, ())) >= quantity * (1 - 1e-12)

    def pieces(self, symbol: str, price: float) -> list[Piece]:
        """A position in the order in which its lots are sold, each piece no less taxed than the one before.

        Lots that stand before one with less tax are one piece with it, since they are sold first.
        """
        own = ordered(self.lots.get(symbol, ()), price, self.day, self.tax)
        rates = Columns.of(own).taxed(price, self.day, self.tax) / price
        found: list[Piece] = []
        for lot, rate in zip(own, rates.tolist(), strict=True):
            piece = Piece(rate, lot.quantity * price)
            while found and found[-1].rate > piece.rate:
                before = found.pop()
                worth = before.worth + piece.worth
                piece = Piece((before.rate * before.worth + piece.rate * piece.worth) / worth, worth)
            found.append(piece)
        return found

    def gain(self, symbol: str, quantity: float, price: float) -> float:
        """The taxable gain of selling so many shares at `price`, without commission; losses count against it.

        What a wash sale would disallow of a loss does not. Each lot is taken as the tax method says.
        """
        if quantity <= 0:
            return 0.0
        sale = sell(self.lots[symbol], quantity, price, self.day, self.tax)
        return sale.short_gain + sale.long_gain + sale.disallowed

    def within(self, symbol: str, most: float, price: float, gain: float, lot_size: int) -> float:
        """The most shares, whole lots up to `most`, whose sale gains at most `gain`; 0 where none does."""
        fitting = (
            quantity
            for reach in self._reaches(symbol, most, price, gain)
            if (quantity := _whole(reach, lot_size)) and self.gain(symbol, quantity, price) <= gain
        )
        return max(fitting, default=0.0)

    def _reaches(self, symbol: str, most: float, price: float, gain: float) -> Iterator[float]:
        """How far sales may go: within each lot to where the gain is used up, else to its end."""
        own = ordered(self.lots.get(symbol, ()), price, self.day, self.tax)
        ends = accumulate((lot.quantity for lot in own), initial=0.0)
        so_far = 0.0
        for begin, lot in zip(ends, own, strict=False):
            a_share = price - lot.cost_basis
            part = min(lot.quantity, most - begin)
            if part <= 0:
                return
            used_up = (gain - so_far) / a_share if a_share > 0 else part
            yield begin + min(max(used_up, 0.0), part)
            so_far += lot.quantity * a_share


def _whole(quantity: float, lot_size: int) -> float:
    """Rounded down to the lot (0: to 1e-6 of a share); 1e-9 of a lot is forgiven to what a division left."""
    if lot_size == 0:
        return float(np.floor(quantity * 1e6) / 1e6)
    return float(np.floor(quantity / lot_size + 1e-9) * lot_size)
