"""What may call for a rebalance, one file each, found by name (`quant.plugins.discover`).

A trigger file defines `evaluate(situation: Situation) -> list[Evaluated]`: its number, its limit and whether
that fires, for each scope that it looks at; nothing where the policy does not set it. It is pure. The
expression `when` of the policy joins the files' names (`quant.rebalance.triggering`). A file whose name
starts with an underscore is not a trigger. Its committed cases stand in
tests/quant/triggers/cases/<file>.json; CI fails without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from quant.book.book import Book
from quant.book.drift import Drift
from quant.market.panel import Floats
from quant.policy.policy import Policy

Level = Literal["instrument", "asset_class", "portfolio"]


@dataclass(frozen=True)
class Past:
    """What came before the session.

    `volatility`: annualised, as a fraction, aligned with the book's symbols, NaN (or None for all) where it
    is not known. `idle`: the sessions since the last rebalance, None where there was none. `sold_at_loss`:
    the symbols whose purchase would be a wash sale of what was sold before.
    """

    volatility: Floats | None = None
    idle: int | None = None
    sold_at_loss: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Situation:
    """Everything a trigger may look at; `drifts` is what `quant.book.drift.measure` returned for the book."""

    book: Book
    policy: Policy
    drifts: Sequence[Drift]
    calendar_due: bool
    past: Past


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
