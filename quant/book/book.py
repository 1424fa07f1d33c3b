"""A portfolio on one session, and the trades proposed for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from quant.book.ticks import Ticks
from quant.market.panel import Floats
from quant.policy.definitions import NEWEST, Definitions

Side = Literal["BUY", "SELL"]
Level = Literal["instrument", "asset_class"]
NO_CLASS = "none"


@dataclass(frozen=True)
class Band:
    """How far one instrument or asset class may drift; None: as the policy says."""

    absolute: float | None
    relative: float | None


@dataclass(frozen=True)
class Book:
    """What a portfolio holds and wants, priced at the session's close.

    Arrays are aligned with `symbols` (every target and every holding, once). `quantity` is in shares,
    `close` the as-traded close of the session (the last accepted one where the day's bar is missing), in the
    instrument's own price unit; `fx` is how much of the portfolio's currency one of that unit is worth (1.0
    for its own currency, a hundredth of the pound's rate for pence). `target` is a share of value (0, class
    "none", for a holding without a target), `cash` in the portfolio's currency.
    A symbol that never had an accepted close, or rate, has NaN there, and the book then has no value.
    `bands` are those of symbols and classes that have their own. `replacements`: the symbol that may stand in
    for a target, by target; both are in `symbols`, and the replacement has no target of its own. `ticks` are
    those of the symbols that state their own. `definitions` are what is computed with.
    """

    symbols: tuple[str, ...]
    asset_classes: tuple[str, ...]
    quantity: Floats
    close: Floats
    target: Floats
    cash: float
    fx: Floats
    bands: Mapping[tuple[Level, str], Band] = field(default_factory=dict)
    replacements: Mapping[str, str] = field(default_factory=dict)
    definitions: Definitions = NEWEST
    ticks: Mapping[str, Ticks] = field(default_factory=dict)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each symbol stands."""
        return {symbol: place for place, symbol in enumerate(self.symbols)}

    @cached_property
    def members(self) -> Mapping[str, npt.NDArray[np.intp]]:
        """Where the symbols of each asset class stand, the classes in order of appearance."""
        found: dict[str, list[int]] = {}
        for place, name in enumerate(self.asset_classes):
            found.setdefault(name, []).append(place)
        return {name: np.array(places) for name, places in found.items()}

    @cached_property
    def class_of(self) -> npt.NDArray[np.intp]:
        """The place of each symbol's class among `members`."""
        places = {name: place for place, name in enumerate(self.members)}
        return np.array([places[name] for name in self.asset_classes])

    @property
    def price(self) -> Floats:
        """The close in the portfolio's currency: what value, weights and sizes are made of."""
        return self.close * self.fx

    @property
    def value(self) -> float:
        """Positions at their price plus cash; NaN while a held symbol has no price."""
        held = self.quantity != 0
        return float(np.sum(self.quantity[held] * self.price[held]) + self.cash)

    @property
    def weights(self) -> Floats:
        """Position ÷ value for each symbol; NaN where it cannot be computed."""
        positions = np.where(self.quantity == 0, 0.0, self.quantity * self.price)
        return positions / self.value


@dataclass(frozen=True)
class Trade:
    """One recommended order. `quantity` is positive, in shares; `close` is the price it was sized at.

    `close` and `limit_price` are in the instrument's own unit, of which one is worth `fx` of the portfolio's
    currency.
    """

    symbol: str
    side: Side
    quantity: float
    close: float
    limit_price: float
    trigger: str
    rule: str
    reason: str
    weight_before: float
    weight_after: float
    fx: float

    @property
    def signed(self) -> float:
        """The quantity with its sign: positive buys, negative sells."""
        return self.quantity if self.side == "BUY" else -self.quantity

    @property
    def notional(self) -> float:
        """Quantity × close, in the portfolio's currency."""
        return self.quantity * (self.close * self.fx)

    @property
    def cost(self) -> float:
        """The most it may cost to cross from the close to the limit price, in the portfolio's currency."""
        return self.quantity * abs(self.limit_price - self.close) * self.fx
