"""How far a portfolio has drifted from its targets, and which bands that breaks."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from quant.book import Book
from quant.exposure import actual_weights
from quant.policy import Policy

NOISE = 1e-12  # a drift that equals its band up to this is not a breach


@dataclass(frozen=True)
class Drift:
    """One instrument or asset class against its target; all numbers are shares of the portfolio's value.

    `actual` and `drift` are NaN, and `breached` False, when the book has no value.
    """

    level: Literal["instrument", "asset_class"]
    key: str
    target: float
    actual: float
    drift: float
    band: float
    breached: bool


def measure(book: Book, policy: Policy) -> list[Drift]:
    """The drift of every instrument in book order, then of every asset class in order of appearance."""
    weights = actual_weights(book)
    rows = [
        _row("instrument", symbol, float(target), float(actual), policy)
        for symbol, target, actual in zip(book.symbols, book.target, weights, strict=True)
    ]
    for asset_class in dict.fromkeys(book.asset_classes):
        members = np.array([name == asset_class for name in book.asset_classes])
        target, actual = float(book.target[members].sum()), float(weights[members].sum())
        rows.append(_row("asset_class", asset_class, target, actual, policy))
    return rows


def _row(
    level: Literal["instrument", "asset_class"], key: str, target: float, actual: float, policy: Policy
) -> Drift:
    drift = actual - target
    band = min(policy.band_absolute, policy.band_relative * target)
    # Without a target the drift is the holding itself, so that however little is held is a breach.
    breached = abs(drift) > band + (NOISE if target > 0 else 0.0)
    return Drift(level, key, target, actual, drift, band, breached)
