"""The weights of a book before and after trades, and which trades raise a measure of them."""

from collections.abc import Callable, Sequence

import numpy as np

from quant.book.book import Book, Trade
from quant.book.drift import actual_weights
from quant.market.panel import Floats
from quant.risk.marginal import Changes, Estimator, of_parts


def weights_after(book: Book, trades: Sequence[Trade]) -> Floats:
    """The weights once `trades` are done at the close, where they do not change the value; NaN as above."""
    return _moved(actual_weights(book), book, trades, book.value)


def cash_after(book: Book, trades: Sequence[Trade]) -> float:
    """The cash, in the portfolio's currency, once `trades` are executed at their limit prices."""
    return book.cash - sum(trade.signed * (trade.limit_price * trade.fx) for trade in trades)


def gross(weights: Floats) -> float:
    """Gross exposure ÷ value: the sum of the weights, short ones counted as long; NaN if any weight is."""
    return float(np.sum(np.abs(weights)))


GROSS = of_parts(gross, lambda weights, _: np.abs(weights))


def raising(
    book: Book, trades: Sequence[Trade], measure: Callable[[Floats], float], estimator: Estimator
) -> frozenset[str]:
    """The symbols whose trade alone, added to the current weights, raises `measure`; NaN raises nothing.

    The measure itself is asked only where the `estimator` of it cannot tell.
    """
    weights, value = actual_weights(book), book.value
    before = measure(weights)
    if np.isnan(before) or not trades:
        return frozenset()
    least = before + 1e-12
    found = estimator(weights, _changes(weights, book, trades, value))
    raises, unsure = found.value > least, np.abs(found.value - least) <= found.error
    for i in np.flatnonzero(unsure).tolist():
        raises[i] = measure(_moved(weights, book, [trades[i]], value)) > least
    return frozenset(trades[i].symbol for i in np.flatnonzero(raises).tolist())


def _changes(weights: Floats, book: Book, trades: Sequence[Trade], value: float) -> Changes:
    """What each trade alone does to the weight of its symbol."""
    places = np.array([book.places[trade.symbol] for trade in trades])
    before = weights[places]
    return Changes(places, before, before + np.array([_step(trade, value) for trade in trades]))


def _moved(weights: Floats, book: Book, trades: Sequence[Trade], value: float) -> Floats:
    """New weights: those of `book`, whose value is `value`, changed by `trades`."""
    moved = weights.copy()
    for trade in trades:
        moved[book.places[trade.symbol]] += _step(trade, value)
    return moved


def _step(trade: Trade, value: float) -> float:
    """By how much a trade changes its weight."""
    return trade.signed * (trade.close * trade.fx) / value
