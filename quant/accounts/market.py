"""What does not differ between accounts: prices, limit prices, bands, classes and codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant import triggers
from quant.accounts import Codes
from quant.book.book import Book
from quant.book.drift import Bands
from quant.book.holdings import Mask
from quant.book.ticks import USUAL
from quant.market.panel import Floats
from quant.plugins import names
from quant.policy.policy import Policy
from quant.trading.limit_prices import limit_prices


@dataclass(frozen=True)
class Market:
    """A book's symbols under a policy."""

    book: Book
    policy: Policy

    @cached_property
    def price(self) -> Floats:
        """The close in the portfolio's currency, shape (symbols,)."""
        return self.book.price

    @cached_property
    def bands(self) -> Bands:
        """Targets and bands."""
        return Bands(self.book, self.policy)

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """What makes a symbol trade: the code of each is its place here."""
        return ("none", *names(triggers), "funding", "cash_first", "harvest")

    @cached_property
    def code(self) -> Mapping[str, np.int8]:
        """The code of each trigger."""
        return {name: np.int8(code) for code, name in enumerate(self.triggers)}

    @cached_property
    def class_of(self) -> Codes:
        """The place of each symbol's class among the classes."""
        places = {name: place for place, name in enumerate(self.book.members)}
        return np.array([places[name] for name in self.book.asset_classes])

    @cached_property
    def stated(self) -> Mask:
        """The symbols that state their own ticks."""
        ticks = self.book.ticks
        return np.array([ticks.get(symbol, USUAL).kind == "stated" for symbol in self.book.symbols])

    @cached_property
    def unpriced(self) -> bool:
        """Whether the ticks that some symbol states have no price near its close."""
        missing = (self.buy == 0) | (self.sell == 0)
        return bool((self.stated & missing & (self.price > 0)).any())

    @cached_property
    def buy(self) -> Floats:
        """The limit price of a buy, in the symbol's own unit; 0 where there is none."""
        return limit_prices(np.ones(len(self.price)), self.book, self.policy.limit_offset)

    @cached_property
    def sell(self) -> Floats:
        """The limit price of a sell, in the symbol's own unit; 0 where there is none."""
        return limit_prices(-np.ones(len(self.price)), self.book, self.policy.limit_offset)
