"""How far a portfolio has drifted from its targets, and which bands that breaks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.book.book import Book, Level
from quant.book.holdings import Holdings, Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy

NOISE = 1e-12  # a drift that equals its band up to this is not a breach


@dataclass(frozen=True)
class Drift:
    """One instrument or asset class against its target; all numbers are shares of the portfolio's value.

    `actual` and `drift` are NaN, and `breached` False, when the book has no value.
    """

    level: Level
    key: str
    target: float
    actual: float
    drift: float
    band: float
    breached: bool


def actual_weights(book: Book) -> Floats:
    """Position ÷ value, shape (symbols,); all NaN when the value is NaN or not positive."""
    return book.weights if book.value > 0 else np.full(len(book.symbols), np.nan)


def bounds(book: Book, policy: Policy, level: Level, key: str) -> tuple[float, float]:
    """The absolute and the relative bound of one instrument or asset class: its own, else the policy's."""
    own = book.bands.get((level, key))
    absolute = None if own is None else own.absolute
    relative = None if own is None else own.relative
    return (
        policy.band_absolute if absolute is None else absolute,
        policy.band_relative if relative is None else relative,
    )


@dataclass(frozen=True)
class Bands:
    """Targets and bands of a book's keys: its symbols, then its classes in order of appearance."""

    book: Book
    policy: Policy

    @cached_property
    def keys(self) -> tuple[tuple[Level, str], ...]:
        """Level and name of each key."""
        symbols: list[tuple[Level, str]] = [("instrument", symbol) for symbol in self.book.symbols]
        return (*symbols, *(("asset_class", name) for name in self.book.members))

    @cached_property
    def target(self) -> Floats:
        """The target of each key, a share of value."""
        sums = [self.book.target[members].sum() for members in self.book.members.values()]
        return np.concatenate([self.book.target, sums])

    @cached_property
    def band(self) -> Floats:
        """How far each key may drift, a share of value."""
        absolute, relative = np.array([bounds(self.book, self.policy, *key) for key in self.keys]).T
        return np.asarray(np.minimum(absolute, relative * self.target))

    @cached_property
    def edge(self) -> Floats:
        """The drift of each key above which its band is broken.

        Without a target the drift is the holding itself, so that however little is held is a breach.
        """
        return np.asarray(self.band + np.where(self.target > 0, NOISE, 0.0))


@dataclass(frozen=True)
class Drifts:
    """How far the keys of each row have drifted, shape (rows, keys); NaN, and no breach, without a value."""

    holdings: Holdings
    bands: Bands

    @classmethod
    def of(cls, book: Book, policy: Policy) -> "Drifts":
        """Those of a book as one row."""
        return cls(Holdings.of(book), Bands(book, policy))

    @cached_property
    def actual(self) -> Floats:
        """The weight of each key."""
        weights = self.holdings.weights
        return np.concatenate([weights, self.holdings.by_class(weights)], axis=1)

    @cached_property
    def drift(self) -> Floats:
        """Actual less target."""
        return np.asarray(self.actual - self.bands.target)

    @cached_property
    def breached(self) -> Mask:
        """The keys whose band is broken."""
        return np.asarray(np.abs(self.drift) > self.bands.edge)

    def rows(self, row: int = 0) -> list[Drift]:
        """Those of one row, of every instrument in book order, then of every asset class."""
        columns = (
            self.bands.target, self.actual[row], self.drift[row], self.bands.band, self.breached[row],
        )  # fmt: skip
        numbers = zip(*(column.tolist() for column in columns), strict=True)
        return [Drift(*key, *one) for key, one in zip(self.bands.keys, numbers, strict=True)]


def measure(book: Book, policy: Policy) -> list[Drift]:
    """The drift of every instrument in book order, then of every asset class in order of appearance."""
    return Drifts.of(book, policy).rows()
