"""The weights of a book before and after trades, and which trades raise a measure of them."""

from collections.abc import Callable, Sequence

import numpy as np

from quant.book import Book, Trade
from quant.panel import Floats


def actual_weights(book: Book) -> Floats:
    """Position ÷ value, shape (symbols,); all NaN when the value is NaN or not positive."""
    return book.weights if book.value > 0 else np.full(len(book.symbols), np.nan)


def weights_after(book: Book, trades: Sequence[Trade]) -> Floats:
    """The weights once `trades` are done at the close, where they do not change the value; NaN as above."""
    weights = actual_weights(book).copy()
    for trade in trades:
        weights[book.symbols.index(trade.symbol)] += trade.signed * (trade.close * trade.fx) / book.value
    return weights


def raising(book: Book, trades: Sequence[Trade], measure: Callable[[Floats], float]) -> frozenset[str]:
    """The symbols whose trade alone, added to the current weights, raises `measure`; NaN raises nothing."""
    before = measure(actual_weights(book))
    return frozenset(
        trade.symbol for trade in trades if measure(weights_after(book, [trade])) > before + 1e-12
    )
