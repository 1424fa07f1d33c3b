"""How far a portfolio has drifted from its targets, and which bands that breaks."""

from dataclasses import dataclass

import numpy as np

from quant.book.book import Book, Level
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


def measure(book: Book, policy: Policy) -> list[Drift]:
    """The drift of every instrument in book order, then of every asset class in order of appearance."""
    weights = actual_weights(book)
    rows = [
        _row("instrument", symbol, float(target), float(actual), book, policy)
        for symbol, target, actual in zip(book.symbols, book.target, weights, strict=True)
    ]
    for asset_class, members in book.members.items():
        target, actual = float(book.target[members].sum()), float(weights[members].sum())
        rows.append(_row("asset_class", asset_class, target, actual, book, policy))
    return rows


def bounds(book: Book, policy: Policy, level: Level, key: str) -> tuple[float, float]:
    """The absolute and the relative bound of one instrument or asset class: its own, else the policy's."""
    own = book.bands.get((level, key))
    absolute = None if own is None else own.absolute
    relative = None if own is None else own.relative
    return (
        policy.band_absolute if absolute is None else absolute,
        policy.band_relative if relative is None else relative,
    )


def _row(level: Level, key: str, target: float, actual: float, book: Book, policy: Policy) -> Drift:
    drift = actual - target
    absolute, relative = bounds(book, policy, level, key)
    band = min(absolute, relative * target)
    # Without a target the drift is the holding itself, so that however little is held is a breach.
    breached = abs(drift) > band + (NOISE if target > 0 else 0.0)
    return Drift(level, key, target, actual, drift, band, breached)
