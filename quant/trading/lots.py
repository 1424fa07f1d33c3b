"""Lots: which are long-term, and in which order a tax method sells them.

Dates and definitions: IRS Publication 550, Investment Income and Expenses (holding period).
"""

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from quant.book.holdings import Codes, Mask, Places
from quant.market.panel import Floats
from quant.policy.policy import Tax

Days = npt.NDArray[np.datetime64]
Term = Literal["short", "long"]
UNTAXED = Tax(method="fifo", short_rate=0.0, long_rate=0.0)
"""What holds where a portfolio states no [tax]: the oldest lots first, long-term after a year."""


@dataclass(frozen=True)
class Lot:
    """Shares of one symbol bought on one day; `cost_basis` is per share, in the portfolio's currency."""

    symbol: str
    acquired: date
    quantity: float
    cost_basis: float


@dataclass(frozen=True)
class Columns:
    """Lots as columns, shape (lots,), in any order; `cost_basis` is per share."""

    acquired: Days
    quantity: Floats
    cost_basis: Floats

    @classmethod
    def of(cls, lots: Sequence[Lot]) -> "Columns":
        """The columns of some lots."""
        return cls(
            np.array([lot.acquired for lot in lots], "datetime64[D]"),
            np.array([lot.quantity for lot in lots], float),
            np.array([lot.cost_basis for lot in lots], float),
        )

    def at(self, rows: Places) -> "Columns":
        """Some of the lots, by their places."""
        return Columns(self.acquired[rows], self.quantity[rows], self.cost_basis[rows])

    def taxed(self, price: Floats | float, day: date, tax: Tax) -> Floats:
        """The tax on the gain of one share of each lot, below 0 for a loss; wash sales are not looked at."""
        return np.asarray((price - self.cost_basis) * rates(long_term(self.acquired, day, tax), tax))


def ordered(lots: Sequence[Lot], price: float, day: date, tax: Tax) -> list[Lot]:
    """The lots in the order in which the method sells them; of equals the oldest first."""
    columns = Columns.of(lots)
    taxed = columns.taxed(price, day, tax)
    return [lots[i] for i in order(np.zeros(len(lots), int), columns, taxed, tax)]


def order(sale: Codes, lots: Columns, taxed: Floats, tax: Tax) -> Places:
    """The places of lots sale by sale, in the order in which the method sells them.

    Of equals the oldest comes first. `sale` says to which sale each lot belongs, and `taxed` is the tax on
    one share of it.
    """
    acquired = lots.acquired.astype(int)
    keys: dict[str, tuple[Any, ...]] = {
        "fifo": (acquired, sale), "lifo": (-acquired, sale), "hifo": (acquired, -lots.cost_basis, sale),
        "minimum_tax": (acquired, taxed, sale),
    }  # fmt: skip
    return np.lexsort(keys[tax.method])


def term(acquired: date, day: date, tax: Tax) -> Term:
    """The term of one lot; see `long_term`."""
    return "long" if long_term(np.array([acquired], "datetime64[D]"), day, tax)[0] else "short"


def long_term(acquired: Days, day: date, tax: Tax) -> Mask:
    """Long after more than `long_after` days, the day of the sale counted and leap days not."""
    sold = np.datetime64(day)
    first = int(acquired.astype("datetime64[Y]").astype(int).min(initial=day.year - 1970)) + 1970
    leaps = np.array([date(y, 2, 29) for y in range(first, day.year + 1) if isleap(y)], "datetime64[D]")
    between = np.searchsorted(leaps, sold, "right") - np.searchsorted(leaps, acquired, "right")
    return np.asarray((sold - acquired).astype(int) - between > tax.long_after)


def rates(long: Mask, tax: Tax) -> Floats:
    """The tax rates on gains of which some are `long`-term."""
    return np.where(long, tax.long_rate, tax.short_rate)
