"""One market history, cut at a session: what every estimator, signal and check reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
FIELDS = ("open", "high", "low", "close", "total", "volume", "traded")


@dataclass(frozen=True)
class Panel:
    """Prices as known at one instant, up to and including one session.

    Arrays have the shape (sessions, symbols) and are read-only; NaN means "no accepted value".
    `open`, `high`, `low`, `close` and `volume` are split-adjusted to the last session;
    `total` is the close adjusted for splits and distributions (a total-return index that equals
    `close` on the last session); `traded` is the close as it was traded.
    """

    sessions: Days
    symbols: tuple[str, ...]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    total: Floats
    volume: Floats
    traded: Floats

    def part(self, rows: npt.NDArray[np.intp], symbols: Sequence[str]) -> "Panel":
        """The same panel with some of its rows, in ascending order, and some of its symbols, in any."""
        place = {symbol: column for column, symbol in enumerate(self.symbols)}
        where = np.ix_(rows, np.array([place[symbol] for symbol in symbols], np.intp))
        arrays = [getattr(self, name)[where] for name in FIELDS]
        for values in arrays:
            values.setflags(write=False)
        return Panel(self.sessions[rows], tuple(symbols), *arrays)

    def known_until(self, last: Mapping[str, date]) -> "Panel":
        """The same panel without the values of a symbol after its own last day."""
        ends = np.array([last.get(symbol, date.max) for symbol in self.symbols], "datetime64[D]")
        later = self.sessions[:, None] > ends
        if not any(np.isfinite(self.traded[later])):
            return self
        arrays = [np.where(later, np.nan, getattr(self, name)) for name in FIELDS]
        for values in arrays:
            values.setflags(write=False)
        return Panel(self.sessions, self.symbols, *arrays)

    def tail(self, count: int) -> "Panel":
        """The same panel with only the last `count` sessions."""
        cut = slice(max(len(self.sessions) - count, 0), None)
        return Panel(self.sessions[cut], self.symbols, *(getattr(self, name)[cut] for name in FIELDS))
