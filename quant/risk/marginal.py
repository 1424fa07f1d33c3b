"""What a measure of weights becomes when one of them changes: for each of many changes, each made alone.

An estimate costs as much for a book of thousands of symbols as for one of two. It differs from the measure
itself in the last digits only, and says by how much it may, so that the measure is asked where these decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from quant.market.panel import Floats
from quant.risk.measures import spans

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

ROUNDING = 1e-13
"""By how much, relative to itself and to 1, a measure may differ when it is summed in another order."""
SHAKEN = 1e-14
"""More than the last digits of a portfolio's return on a session."""


@dataclass(frozen=True)
class Changes:
    """Changes of single weights: where each stands, and that weight before and after; shapes (changes,)."""

    places: Places
    before: Floats
    after: Floats


@dataclass(frozen=True)
class Estimates:
    """The measure after each change, NaN where it is, and how far from it this may be; shapes (changes,)."""

    value: Floats
    error: Floats


Estimator = Callable[[Floats, Changes], Estimates]
"""Estimates a measure, of weights (symbols,) without NaN, after each change."""


def of_past(
    measure: Callable[[Floats, Floats], float], returns: Floats, beside: Floats | None = None
) -> Estimator:
    """For a measure by backcast (quant/risk/measures.py) of weights and returns: the weights are put together
    as one.

    `returns` (sessions, symbols) as there; the measure also needs the series `beside` (sessions,), if any, on
    each session. Where the last digits of past returns move the measure, the error counts that.
    """

    def estimated(weights: Floats, changes: Changes) -> Estimates:
        past = _Past(weights, returns, beside)
        rows = zip(changes.places.tolist(), changes.before.tolist(), changes.after.tolist(), strict=True)
        found = [_measured(measure, past.alone(*row), row[2] - row[1]) for row in rows]
        value, shaken = np.array(found).reshape(-1, 2).T
        return Estimates(value, 4 * np.abs(shaken - value) + _rounding(np.abs(value)))

    return estimated


def _measured(
    measure: Callable[[Floats, Floats], float], columns: Floats, step: float
) -> tuple[float, float]:
    """A measure of two columns, the portfolio as it was and what is added; and with shaken last digits."""
    weights, rows = np.array([1.0, step]), np.arange(len(columns))
    # Unlike on each session, and next to nothing over several.
    noise = SHAKEN * np.where(rows % 2, 1, -1) * (1 + rows / (len(rows) + 1)) / 2
    return measure(weights, columns), measure(weights, columns + np.column_stack([noise, 0 * noise]))


def _rounding(size: Floats) -> Floats:
    return ROUNDING * (1 + size)


class _Past:
    """The past returns of weights, and of these with one of them changed."""

    def __init__(self, weights: Floats, returns: Floats, beside: Floats | None) -> None:
        self.held = weights != 0
        self.weights = weights[self.held]
        self.missing = np.isnan(returns)
        self.filled = np.where(self.missing, 0.0, returns)
        self.own = self.filled[:, self.held] @ self.weights
        self.lacking = self.missing[:, self.held].sum(axis=1) + (0 if beside is None else np.isnan(beside))
        self.known: dict[bytes, Floats] = {}

    @cached_property
    def wealth(self) -> Floats:
        """What each held symbol came to, shape (sessions, held)."""
        return np.asarray(np.cumprod(1 + self.filled[:, self.held], axis=0))

    def alone(self, place: int, before: float, after: float) -> Floats:
        """The portfolio's and one symbol's returns, shape (sessions, 2), NaN where a session does not count.

        Those after such a session run over it too (`quant.risk.measures.together`).
        """
        change = int(after != 0) - int(before != 0)
        whole = self.lacking + change * self.missing[:, place] == 0
        rows, last = spans(whole)
        symbol = np.where(whole, self.filled[:, place], np.nan)
        if len(rows):
            wealth = np.cumprod(1 + self.filled[:, place])
            symbol[rows] = wealth[rows] / wealth[last] - 1
        return np.column_stack([self._portfolio(whole), symbol])

    def _portfolio(self, whole: Mask) -> Floats:
        """The portfolio's returns on the sessions that are `whole`; the same for most changes."""
        key = whole.tobytes()
        if key not in self.known:
            rows, last = spans(whole)
            found = np.where(whole, self.own, np.nan)
            found[rows] = (self.wealth[rows] / self.wealth[last] - 1) @ self.weights if len(rows) else []
            self.known[key] = found
        return self.known[key]
