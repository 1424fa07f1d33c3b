"""One market history, cut at a session: what every estimator, signal and check reads."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


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

    def tail(self, count: int) -> "Panel":
        """The same panel with only the last `count` sessions."""
        cut = slice(max(len(self.sessions) - count, 0), None)
        fields = ("open", "high", "low", "close", "total", "volume", "traded")
        return Panel(self.sessions[cut], self.symbols, *(getattr(self, name)[cut] for name in fields))
