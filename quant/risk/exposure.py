"""Which trades raise a measure of weights, each of them alone."""

from collections.abc import Callable

import numpy as np

from quant.book.holdings import Mask
from quant.market.panel import Floats
from quant.risk.marginal import ROUNDING, Changes, Estimator

LEAST = 1e-12
"""By less than this a measure is not raised."""


def gross(weights: Floats) -> Floats:
    """Gross exposure ÷ value of each row, (rows, symbols) to (rows,): short weights counted as long.

    NaN if any weight is.
    """
    return np.asarray(np.abs(weights).sum(axis=1))


def raising(
    weights: Floats, moved: Floats, traded: Mask, measure: Callable[[Floats], float], estimator: Estimator
) -> Mask:
    """The symbols of one row whose trade alone, from its weight to the one `moved`, raises `measure`.

    All shapes (symbols,). NaN raises nothing. The measure itself is asked only where the `estimator` of it
    cannot tell.
    """
    found, places, before = np.zeros(len(weights), bool), np.flatnonzero(traded), measure(weights)
    if np.isnan(before) or not len(places):
        return found
    least = before + LEAST
    estimated = estimator(weights, Changes(places, weights[places], moved[places]))
    raises, unsure = estimated.value > least, np.abs(estimated.value - least) <= estimated.error
    for i in np.flatnonzero(unsure).tolist():
        raises[i] = measure(_with(weights, moved, int(places[i]))) > least
    found[places] = raises
    return found


def raising_sum(
    weights: Floats,
    moved: Floats,
    traded: Mask,
    measure: Callable[[Floats], Floats],
    part: Callable[[Floats], Floats],
) -> Mask:
    """As `raising` for all rows, of a measure that is a sum: `part` gives what each weight adds to it.

    Shapes (rows, symbols); `measure` gives a number for each row.
    """
    before = measure(weights)[:, None]
    less, more, least = part(weights), part(moved), before + LEAST
    value = before - less + more
    error = ROUNDING * (1 + (np.abs(before) + np.abs(less) + np.abs(more)))
    raises, unsure = traded & (value > least), traded & (np.abs(value - least) <= error)
    for row, place in np.argwhere(unsure).tolist():
        alone = _with(weights[row], moved[row], place)
        raises[row, place] = measure(alone[None, :])[0] > least[row, 0]
    return raises


def _with(weights: Floats, moved: Floats, place: int) -> Floats:
    """The weights of a row with one of them changed."""
    changed = weights.copy()
    changed[place] = moved[place]
    return changed
