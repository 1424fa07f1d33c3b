"""The two keys: an alert needs a statistical test and a move on the exchange's scale."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quant.detectors import Levels, Measure
from quant.intraday.saved import Floats, Saved
from quant.intraday.tape import WINDOW


@dataclass
class Keys(Saved):
    """What the tests have said within the last five minutes.

    A test and the move that it explains rarely fall into the same minute.

    Attributes:
        number: minutes so far.
        levels: of the tests, the highest of each minute, shape (5, symbols), a ring.
        values: of the tests in alphabetical order, shape (5, tests, symbols), a ring.
    """

    number: int
    levels: Levels
    values: Floats

    @classmethod
    def unturned(cls, tests: int, symbols: int) -> "Keys":
        """Before the first minute of a session."""
        return cls(0, np.zeros((WINDOW, symbols), np.int8), np.full((WINDOW, tests, symbols), np.nan))

    def turn(self, tests: Mapping[str, Measure], moves: Mapping[str, Measure]) -> Levels:
        """The severity of each symbol: 2 critical, 1 warning, 0 none, as far as both keys go."""
        place = self.number % WINDOW
        self.levels[place] = highest(tests, self.levels.shape[1])
        self.values[place] = [tests[name].value for name in sorted(tests)]
        self.number += 1
        return np.asarray(np.minimum(self.levels.max(axis=0), highest(moves, self.levels.shape[1])))

    def strongest(self) -> Floats:
        """The lowest value of each test within the last five minutes, shape (tests, symbols)."""
        return np.asarray(np.fmin.reduce(self.values, axis=0))


def highest(measures: Mapping[str, Measure], symbols: int) -> Levels:
    """The highest level that any detector gives a symbol."""
    return np.asarray(np.max([np.zeros(symbols, np.int8), *(one.level for one in measures.values())], axis=0))
