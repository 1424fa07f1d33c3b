"""Minute bars as they arrive, and the buffer that puts them in order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quant.intraday.saved import Flags, Floats, Saved, filled

OPEN, HIGH, LOW, CLOSE, VOLUME, SPLIT = range(6)
"""Rows of a minute's values: prices as traded, shares, and new shares per old one (1 or NaN: no split)."""


@dataclass(frozen=True)
class Bars:
    """Minute bars in any order.

    Attributes:
        symbol: column of the symbol, shape (rows,).
        minute: number of the minute within the session, shape (rows,).
        values: open, high, low, close, volume, split; shape (6, rows). A NaN volume is none; a NaN split is
            no split. A row without four positive prices is no bar.
    """

    symbol: npt.NDArray[np.intp]
    minute: npt.NDArray[np.intp]
    values: Floats


@dataclass(frozen=True)
class Counts:
    """What became of the bars of one call, in rows: they add up to the rows that were offered.

    Attributes:
        taken: new, or fuller than the bar that was there (which then counts as repeated).
        repeated: another bar of the same symbol and minute is kept.
        late: the minute has been released.
        ahead: the minute lies too far ahead.
        invalid: no bar at all: a price is missing, or not positive.
    """

    taken: int
    repeated: int
    late: int
    ahead: int
    invalid: int


@dataclass
class Buffer(Saved):
    """The minutes that have not been released yet, each symbol's bar once.

    Bars may come late, twice and in any order, as long as their minute has not been released. Of several bars
    of one symbol and minute the one with the greatest volume is kept, since a vendor repeats a minute while
    it grows; at equal volume the one with the greatest high, then low, open, close, split. So the order of
    arrival does not matter.

    Attributes:
        due: the minute that is released next.
        values: shape (minutes, 6, symbols), a ring; NaN where no bar came.
    """

    due: int
    values: Floats

    @classmethod
    def empty(cls, symbols: int, minutes: int = 10) -> "Buffer":
        """A buffer before the first minute of a session, which holds so many minutes at a time."""
        return cls(0, np.full((minutes, 6, symbols), np.nan))

    def offer(self, bars: Bars) -> Counts:
        """Keep what can be used; bars too far ahead are not kept and may be offered again."""
        valid = _valid(bars.values)
        late, ahead = bars.minute < self.due, bars.minute >= self.due + len(self.values)
        use = valid & ~late & ~ahead
        chosen = np.flatnonzero(use)[_fullest(bars, use)]
        taken = self._put(bars.symbol[chosen], bars.minute[chosen], bars.values[:, chosen])
        kept = (taken, int(use.sum()) - taken, int((valid & late).sum()), int((valid & ahead).sum()))
        return Counts(*kept, int((~valid).sum()))

    def _put(self, symbol: npt.NDArray[np.intp], minute: npt.NDArray[np.intp], values: Floats) -> int:
        place = minute % len(self.values)
        better = _precedes(self.values[place, :, symbol].T, values)
        self.values[place[better], :, symbol[better]] = values[:, better].T
        return int(better.sum())

    def release(self) -> Floats:
        """The values of the minute that is due, shape (6, symbols), NaN without a bar. The next is due."""
        place = self.due % len(self.values)
        values: Floats = self.values[place].copy()
        self.values[place] = np.nan
        self.due += 1
        return values

    def reset(self) -> None:
        """Begin a session: what was not released is forgotten."""
        self.due = 0
        self.values[:] = np.nan


ORDER = (VOLUME, HIGH, LOW, OPEN, CLOSE, SPLIT)


def _valid(values: Floats) -> Flags:
    prices = values[OPEN : CLOSE + 1]
    return np.asarray((np.isfinite(prices) & (prices > 0)).all(axis=0))


def _fullest(bars: Bars, use: Flags) -> npt.NDArray[np.intp]:
    """Of the rows in `use`, counted among themselves, the fullest one of each symbol and minute."""
    symbol, minute = bars.symbol[use], bars.minute[use]
    keys = filled(bars.values[:, use], -1.0)
    order = np.lexsort((*(keys[row] for row in reversed(ORDER)), symbol, minute))
    last = np.ones(len(order), bool)
    same = (np.diff(symbol[order]) == 0) & (np.diff(minute[order]) == 0)
    last[:-1] = ~same
    return order[last]


def _precedes(held: Floats, offered: Floats) -> Flags:
    """Where an offered bar is to replace the one that is held, or no bar is held."""
    empty = np.isnan(held[CLOSE])
    held, offered = filled(held, -1.0), filled(offered, -1.0)
    better, equal = np.zeros(held.shape[1], bool), np.ones(held.shape[1], bool)
    for row in ORDER:
        better |= equal & (offered[row] > held[row])
        equal &= offered[row] == held[row]
    return np.asarray(better | empty)
