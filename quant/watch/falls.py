"""Falls that are open, from firing to recovery: arrays over the symbols, changed once a minute."""

from dataclasses import dataclass

import numpy as np

from quant.detectors import Levels
from quant.intraday.saved import Flags, Floats, Saved, Whole
from quant.intraday.tape import Minute
from quant.watch.known import Known
from quant.watch.vetoes import Case, applying

RECOVERED = 0.5
"""Share of the fall after whose recovery it is over."""
SETTLED = 30
"""Minutes without a new low after which it is over as well, and in which no new fall begins above its low."""


@dataclass(frozen=True)
class Changes:
    """Which symbols' falls changed in a minute; arrays of shape (symbols,)."""

    fired: Flags
    worse: Flags
    confirmed: Flags
    resolved: Flags


@dataclass
class Falls(Saved):
    """One fall at most per symbol; arrays of shape (symbols,).

    Attributes:
        open: whether there is one.
        level: 1 warning, 2 critical, of the last fall (0: none yet); it never goes back.
        told: the level that was confirmed by a minute without a veto, 0 none.
        fired, resolved: minutes; -1 none yet. `resolved` is that of the last fall.
        peak, trough: highest price before it, and lowest price so far.
        lowest: minute of the trough.
        level_before: median of the five prices before it fired.
        move: low ÷ peak - 1 when it fired.
        vetoes: those that apply, as `vetoes.applying` has them.
        values: of the detectors when it fired or became worse, shape (detectors, symbols).
    """

    open: Flags
    level: Levels
    told: Levels
    fired: Whole
    resolved: Whole
    peak: Floats
    trough: Floats
    lowest: Whole
    level_before: Floats
    move: Floats
    vetoes: Whole
    values: Floats

    @classmethod
    def none(cls, symbols: int, detectors: int) -> "Falls":
        """Before the first minute of a session."""
        small, whole = np.zeros(symbols, np.int8), np.full(symbols, -1, np.int64)
        price = np.full(symbols, np.nan)
        return cls(
            np.zeros(symbols, bool),
            small,
            small.copy(),
            whole,
            whole.copy(),
            price,
            price.copy(),
            whole.copy(),
            price.copy(),
            price.copy(),
            np.zeros(symbols, np.int64),
            np.full((detectors, symbols), np.nan),
        )

    def step(self, minute: Minute, known: Known, level: Levels, values: Floats) -> Changes:
        """One minute: fires, deepens, confirms and resolves."""
        for prices in (self.peak, self.trough, self.level_before):
            np.divide(prices, minute.split, out=prices)
        fired = self._fire(minute, level)
        worse = (level > self.level) & self.open & ~fired
        self.level = np.where(worse, level, self.level)
        self.values = np.where(fired | worse, values, self.values)
        self._deepen(minute)
        confirmed = self._confirm(minute, known) & ~fired
        return Changes(fired, worse, confirmed, self._resolve(minute))

    def _fire(self, minute: Minute, level: Levels) -> Flags:
        fresh = (self.resolved < 0) | (minute.number - self.resolved > SETTLED) | (minute.low < self.trough)
        fired = (level > 0) & ~self.open & fresh
        for name, value in (
            ("open", True),
            ("level", level),
            ("told", np.int8(0)),
            ("fired", minute.number),
            ("peak", minute.peak),
            ("trough", minute.low),
            ("lowest", minute.number),
            ("level_before", minute.middle),
            ("move", minute.low / minute.peak - 1),
            ("vetoes", 0),
        ):
            setattr(self, name, np.where(fired, value, getattr(self, name)))
        return np.asarray(fired)

    def _deepen(self, minute: Minute) -> None:
        lower = self.open & (minute.low < self.trough)
        self.trough = np.where(lower, minute.low, self.trough)
        self.lowest = np.where(lower, minute.number, self.lowest)

    def _confirm(self, minute: Minute, known: Known) -> Flags:
        """Whether the level is confirmed now for the first time."""
        unconfirmed = self.open & (self.told < self.level)
        if not unconfirmed.any():
            return unconfirmed
        case = Case(minute, known, self.peak, self.trough, self.level_before, minute.number - self.fired)
        self.vetoes = np.where(unconfirmed, applying(case, self.vetoes), self.vetoes)
        confirmed = unconfirmed & (self.vetoes == 0)
        self.told = np.where(confirmed, self.level, self.told)
        return np.asarray(confirmed)

    def _resolve(self, minute: Minute) -> Flags:
        share = self.share(minute.price)
        settled = minute.number - self.lowest >= SETTLED
        resolved = self.open & (minute.number > self.fired) & ((share >= RECOVERED) | settled)
        self.open &= ~resolved
        self.resolved = np.where(resolved, minute.number, self.resolved)
        return np.asarray(resolved)

    def end(self, number: int) -> Changes:
        """After the session's last minute: every open fall is over."""
        resolved, none = self.open.copy(), np.zeros(len(self.open), bool)
        self.open &= ~resolved
        self.resolved = np.where(resolved, number, self.resolved)
        return Changes(none, none, none, resolved)

    def share(self, price: Floats) -> Floats:
        """How much of each fall has been recovered at this price: 0 at the trough, 1 at the peak."""
        return np.asarray((price - self.trough) / (self.peak - self.trough))
