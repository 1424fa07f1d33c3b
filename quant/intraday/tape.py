"""What is known of every symbol after each minute: its price, its return, and the last five minutes.

The cost of a minute does not depend on the time of day, and memory does not grow.
"""

from dataclasses import dataclass

import numpy as np

from quant.intraday.bars import CLOSE, HIGH, LOW, OPEN, SPLIT, VOLUME
from quant.intraday.saved import Flags, Floats, Saved, Whole, filled

WINDOW = 5
"""Minutes of the exchanges' reference price, and of a fall from peak to trough."""


@dataclass(frozen=True)
class Minute:
    """One minute over all symbols; arrays of shape (symbols,). A missing bar is no fall: its moves are NaN.

    Attributes:
        number: of the minute within its session, 0 the first.
        length: minutes of the session.
        factor: seasonal factor of the minute.
        present: whether a bar came.
        gap: minutes since the bar before (1: none is missing); 1 on a session's first bar.
        open, high, low, close, volume: of the bar, NaN where none came (volume: 0 where the bar has none).
        split: new shares per old one that take effect in the minute, 1.0 without a split. Everything older
            here is in shares after it.
        price: last close, carried over missing minutes; NaN before the first bar of the session.
        before: `price` one minute earlier; NaN before the first bar.
        log_return: from the close before to this close; NaN where no bar came, and on the first bar.
        scaled: `log_return` of one minute without the time of day: divided by the seasonal factor, and by the
            square root of `gap`.
        peak: highest price of the five minutes that end with this one, before its low: the close that they
            begin from, the highs of the first four, and this minute's open.
        fall: low ÷ peak - 1.
        mean: reference price: the mean of the five minutes' prices before this one.
        below: close ÷ mean - 1.
        middle: median of the same five prices (the lower one of an even number), which one wrong print does
            not move. While there are fewer the last session's close is one of them.
        previous_close: of the last session, adjusted for the splits since; NaN where unknown.
        sigma: volatility of one minute from daily closes, NaN where unknown.
        tier: of the limit bands, 1 or 2.
        index: whether the symbol stands for the whole market, as a fund on its index does.
    """

    number: int
    length: int
    factor: float
    present: Flags
    gap: Whole
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    split: Floats
    price: Floats
    before: Floats
    log_return: Floats
    scaled: Floats
    peak: Floats
    fall: Floats
    mean: Floats
    below: Floats
    middle: Floats
    previous_close: Floats
    sigma: Floats
    tier: Whole
    index: Flags

    @property
    def left(self) -> int:
        """Minutes that remain after this one."""
        return self.length - self.number - 1


@dataclass
class Tape(Saved):
    """The prices in effect, changed in place by `advance`.

    Attributes:
        number: of the last minute, -1 before the first.
        curve: seasonal factor of each minute of the session; mean square 1.
        price, seen: last close, and the number of its minute.
        closes, highs: prices in effect in the last five minutes, shape (5, symbols), a ring.
        previous_close, sigma, tier, index: as in `Minute`.
    """

    number: int
    curve: Floats
    price: Floats
    seen: Whole
    closes: Floats
    highs: Floats
    previous_close: Floats
    sigma: Floats
    tier: Whole
    index: Flags

    @classmethod
    def open(cls, curve: Floats, previous_close: Floats, sigma: Floats, tier: Whole, index: Flags) -> "Tape":
        """Before the first minute of a session; `sigma` is the daily volatility, as a fraction."""
        count = len(previous_close)
        return cls(
            -1,
            curve,
            np.full(count, np.nan),
            np.full(count, -1),
            np.full((WINDOW, count), np.nan),
            np.full((WINDOW, count), np.nan),
            previous_close.copy(),
            sigma / np.sqrt(len(curve)),
            tier,
            index,
        )

    def advance(self, values: Floats) -> Minute:
        """Take the values of the next minute, shape (6, symbols) as `Buffer.release` hands them over."""
        self.number += 1
        present = np.isfinite(values[CLOSE])
        split = np.where(present & (values[SPLIT] > 0), values[SPLIT], 1.0)
        self._adjust(split)
        volume = np.where(present, filled(values[VOLUME]), np.nan)
        before, begins = self.price.copy(), present & np.isnan(self.price)
        gap = np.where(begins | (self.seen < 0), 1, self.number - self.seen)
        log_return, factor = np.log(values[CLOSE] / before), float(self.curve[self.number])
        peak, mean = self._reference(values[OPEN], begins)
        middle = np.where(begins, values[OPEN], self._median())
        self._push(values, present)
        return Minute(
            self.number,
            len(self.curve),
            factor,
            present,
            gap,
            values[OPEN],
            values[HIGH],
            values[LOW],
            values[CLOSE],
            volume,
            split,
            self.price.copy(),
            before,
            log_return,
            log_return / (factor * np.sqrt(gap)),
            peak,
            values[LOW] / peak - 1,
            mean,
            values[CLOSE] / mean - 1,
            middle,
            self.previous_close.copy(),
            self.sigma,
            self.tier,
            self.index,
        )

    def _adjust(self, split: Floats) -> None:
        if (split != 1).any():
            for prices in (self.price, self.closes, self.highs, self.previous_close):
                np.divide(prices, split, out=prices)

    def _reference(self, opened: Floats, begins: Flags) -> tuple[Floats, Floats]:
        """Peak and mean of the five minutes; a session begins with its first price, not with yesterday's."""
        oldest = self.number % WINDOW
        highs = np.fmax.reduce(np.delete(self.highs, oldest, axis=0), axis=0)
        peak = np.fmax(np.fmax(highs, self.closes[oldest]), opened)
        known = (~np.isnan(self.closes)).sum(axis=0)
        mean = np.nansum(self.closes, axis=0) / np.where(known > 0, known, np.nan)
        return peak, np.where(begins, opened, mean)

    def _median(self) -> Floats:
        ordered = np.sort(self.closes, axis=0)  # NaN comes last
        if (fewer := np.isnan(ordered[-1])).any():
            ordered[-1] = np.where(fewer, self.previous_close, ordered[-1])
            ordered.sort(axis=0)
        place = np.maximum((~np.isnan(ordered)).sum(axis=0) - 1, 0) // 2
        return np.asarray(np.take_along_axis(ordered, place[None, :], axis=0)[0])

    def _push(self, values: Floats, present: Flags) -> None:
        self.price = np.where(present, values[CLOSE], self.price)
        self.seen = np.where(present, self.number, self.seen)
        place = self.number % WINDOW
        self.closes[place] = self.price
        self.highs[place] = np.where(present, values[HIGH], self.price)
