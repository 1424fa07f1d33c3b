"""What does not differ between accounts: prices, limit prices, bands and classes, as arrays over symbols."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.accounts import Codes
from quant.book.book import NO_CLASS, Book
from quant.book.drift import NOISE, bounds
from quant.book.holdings import Mask
from quant.book.ticks import USUAL
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.trading.limit_prices import limit_prices


@dataclass(frozen=True)
class Market:
    """A book's symbols under a policy. Keys are the symbols and then the classes in order of appearance."""

    book: Book
    policy: Policy

    @cached_property
    def price(self) -> Floats:
        """The close in the portfolio's currency, shape (symbols,)."""
        return self.book.price

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The asset classes, in order of appearance."""
        return tuple(dict.fromkeys(self.book.asset_classes))

    @cached_property
    def membership(self) -> Floats:
        """1 where a symbol is of a class, else 0; shape (symbols, classes)."""
        return np.array([[float(own == one) for one in self.classes] for own in self.book.asset_classes])

    @cached_property
    def class_of(self) -> Codes:
        """The place of each symbol's class among the classes."""
        return np.asarray(np.argmax(self.membership, axis=1))

    @cached_property
    def has_target(self) -> Mask:
        """The symbols that have a target's class; shape (symbols,)."""
        return np.array([name != NO_CLASS for name in self.book.asset_classes])

    @cached_property
    def target(self) -> Floats:
        """The target of each key, a share of value."""
        sums = [self.book.target[column != 0].sum() for column in self.membership.T]
        return np.concatenate([self.book.target, sums])

    @cached_property
    def band(self) -> Floats:
        """How far each key may drift, a share of value."""
        keys = [("instrument", symbol) for symbol in self.book.symbols]
        keys += [("asset_class", name) for name in self.classes]
        found = [bounds(self.book, self.policy, level, key) for level, key in keys]  # type: ignore[arg-type]
        absolute, relative = np.array(found).T
        return np.asarray(np.minimum(absolute, relative * self.target))

    @cached_property
    def edge(self) -> Floats:
        """The drift of each key above which its band is broken."""
        return np.asarray(self.band + np.where(self.target > 0, NOISE, 0.0))

    @cached_property
    def unpriced(self) -> bool:
        """Whether the ticks that some symbol states have no price near its close."""
        stated = [self.book.ticks.get(symbol, USUAL).kind == "stated" for symbol in self.book.symbols]
        missing = (self.buy == 0) | (self.sell == 0)
        return bool((np.array(stated) & missing & (self.price > 0)).any())

    @cached_property
    def buy(self) -> Floats:
        """The limit price of a buy, in the symbol's own unit; 0 where there is none."""
        return limit_prices(np.ones(len(self.price)), self.book, self.policy.limit_offset)

    @cached_property
    def sell(self) -> Floats:
        """The limit price of a sell, in the symbol's own unit; 0 where there is none."""
        return limit_prices(-np.ones(len(self.price)), self.book, self.policy.limit_offset)
