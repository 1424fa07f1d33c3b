"""What several accounts hold of one book's symbols. A portfolio without accounts is one row.

Arrays have the shape (rows, symbols) unless they say otherwise.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from quant.book.book import Book
from quant.market.panel import Floats

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Codes = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Holdings:
    """Quantities in shares and `cash`, shape (rows,), in the portfolio's currency.

    Prices, targets and classes are those of `book`. `single`: the one row is the book's own quantities and
    cash, and sums run over what it holds, in its order; sums of accounts run over all symbols of the book.
    The two may differ in the last digit, and runs of before have stored each (docs/adr/0026).
    """

    book: Book
    quantity: Floats
    cash: Floats
    single: bool = False

    @classmethod
    def of(cls, book: Book) -> "Holdings":
        """A book as one row."""
        return cls(book, book.quantity[None, :], np.array([book.cash]), single=True)

    @cached_property
    def worth(self) -> Floats:
        """The value of each position, in the portfolio's currency; 0 of what is not held."""
        return np.where(self.quantity == 0, 0.0, self.quantity * self.book.price)

    @cached_property
    def value(self) -> Floats:
        """Positions plus cash, shape (rows,); NaN while a held symbol has no price."""
        if self.single:
            return np.array([self.book.value])
        return np.asarray(self.worth.sum(axis=1) + self.cash)

    @cached_property
    def weights(self) -> Floats:
        """Position ÷ value; all NaN in a row whose value is NaN or not positive."""
        return self.worth / np.where(self.value > 0, self.value, np.nan)[:, None]

    @cached_property
    def membership(self) -> Floats:
        """1 where a symbol is of a class, else 0; shape (symbols, classes)."""
        found = np.zeros((len(self.book.symbols), len(self.book.members)))
        for number, members in enumerate(self.book.members.values()):
            found[members, number] = 1.0
        return found

    def by_class(self, numbers: Floats) -> Floats:
        """The sum of each class, shape (rows, classes), the classes in order of appearance."""
        if self.single:
            sums = [numbers[:, members].sum(axis=1) for members in self.book.members.values()]
            return np.stack(sums, axis=1)
        return np.asarray(numbers @ self.membership)

    def of_class(self, number: int, numbers: Floats) -> Floats:
        """The sum of one class, by its place, shape (rows,)."""
        if self.single:
            return np.asarray(numbers[:, [*self.book.members.values()][number]].sum(axis=1))
        return np.asarray(numbers @ self.membership[:, number])

    @cached_property
    def concerned(self) -> Mask:
        """The symbols that each row holds or should hold."""
        return np.asarray((self.quantity != 0) | (self.book.target != 0))

    def part(self, rows: slice | Places) -> "Holdings":
        """Some of the rows, by their places."""
        return replace(self, quantity=self.quantity[rows], cash=self.cash[rows])
