"""What may call for a rebalance, one file each, found by name (`quant.plugins.discover`).

A trigger file defines `measure(situation: Situation) -> list[Measured]`: its number, its limit and whether
that fires, for each scope that it looks at, in every row; nothing where the policy does not set it. A row is
an account, or the portfolio. It is pure, and its words come last. The expression `when` of the policy joins
the files' names (`quant.rebalance.triggering`). A file whose name starts with an underscore is not a trigger.
Its committed cases stand in tests/quant/triggers/cases/<file>.json; CI fails without them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from quant.book.book import NO_CLASS
from quant.book.drift import Drifts
from quant.book.holdings import Holdings, Mask, Places
from quant.market.panel import Floats
from quant.policy.policy import Policy

Level = Literal["instrument", "asset_class", "portfolio"]


@dataclass(frozen=True)
class Past:
    """What came before the session.

    `volatility`: annualised, as a fraction, aligned with the book's symbols, one for each of them or (rows,
    symbols); NaN (or None for all) where it is not known. `idle`: the sessions since the last rebalance, None
    where there was none. `sold_at_loss`: the symbols whose purchase would be a wash sale of what was sold
    before.
    """

    volatility: Floats | None = None
    idle: int | None = None
    sold_at_loss: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Situation:
    """Everything a trigger may look at: what rows hold, how far that has drifted, and what came before."""

    drifts: Drifts
    calendar_due: bool
    past: Past

    @property
    def holdings(self) -> Holdings:
        """What the rows hold."""
        return self.drifts.holdings

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.drifts.bands.policy

    def keys(self, level: Level, *, targets: bool) -> Places:
        """Where the symbols, or the classes, with a target (or the others) stand among the keys."""
        book = self.holdings.book
        symbols = len(book.symbols)
        names, first = (book.asset_classes, 0) if level == "instrument" else (tuple(book.members), symbols)
        return first + np.flatnonzero([(name != NO_CLASS) == targets for name in names])


@dataclass(frozen=True)
class Measured:
    """One trigger in some scopes of every row: arrays (rows, scopes).

    `places` says where the scopes stand among the keys of `Drifts`; None: the portfolio, one column. A number
    that cannot be computed is NaN and fires nothing. `rule` says it in words, of one row and scope.
    """

    level: Level
    trigger: str
    places: Places | None
    value: Floats
    limit: Floats
    fired: Mask
    rule: Callable[[int, int], str]


@dataclass(frozen=True)
class Evaluated:
    """One rule with its numbers, fired or not; a number that cannot be computed is NaN and fires nothing.

    `scope` is a symbol, the name of an asset class, or "portfolio", as `level` says.
    """

    level: Level
    trigger: str
    scope: str
    value: float
    limit: float
    fired: bool
    rule: str
