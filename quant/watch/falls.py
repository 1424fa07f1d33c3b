"""Falls that are open, from firing to recovery: arrays over the symbols, changed once a minute."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from quant.detectors import Levels
from quant.intraday.saved import Flags, Floats, Saved, Whole
from quant.intraday.tape import WINDOW, Minute
from quant.watch.known import Known
from quant.watch.vetoes import ACTION, LASTING, Case, applying

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
        move: low ÷ peak - 1 when it fired.
        judged: minute in which what the vetoes judge began: it fired, became worse, or fell anew (`_judge`).
        top, bottom: highest price before that, and lowest since.
        level_before: median of the five prices before that.
        vetoes: those that apply, as `vetoes.applying` has them.
        acted: whether an action of the session has explained a fall: it takes effect once.
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
    move: Floats
    judged: Whole
    top: Floats
    bottom: Floats
    level_before: Floats
    vetoes: Whole
    acted: Flags
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
            whole.copy(),
            price.copy(),
            price.copy(),
            price.copy(),
            np.zeros(symbols, np.int64),
            np.zeros(symbols, bool),
            np.full((detectors, symbols), np.nan),
        )

    @classmethod
    def restore(cls, saved: Mapping[str, npt.NDArray[Any]]) -> Self:
        """As it was when `save` was called; what has been kept without `judged` is judged from its firing."""
        since = {"judged": saved["fired"], "top": saved["peak"], "bottom": saved["trough"]}
        return super().restore(since | {"acted": np.zeros_like(saved["open"])} | dict(saved))

    def step(self, minute: Minute, known: Known, level: Levels, values: Floats) -> Changes:
        """One minute: fires, deepens, confirms and resolves."""
        for prices in (self.peak, self.trough, self.top, self.bottom, self.level_before):
            np.divide(prices, minute.split, out=prices)
        fresh = (self.resolved < 0) | (minute.number - self.resolved > SETTLED) | (minute.low < self.trough)
        fired = (level > 0) & ~self.open & fresh
        worse = (level > self.level) & self.open
        if level.any():
            self._judge(minute, level, fired, worse)
        self.values = np.where(fired | worse, values, self.values)
        self._deepen(minute)
        confirmed = self._confirm(minute, known) & ~fired
        return Changes(fired, worse, confirmed, self._resolve(minute))

    def _judge(self, minute: Minute, level: Levels, fired: Flags, worse: Flags) -> None:
        """What begins with this minute's keys: a fall, or what the vetoes judge of one that is open.

        A reason that lasts speaks of what was in sight when it applied. Once that is five minutes old, keys
        that turn again have seen another move: it is judged by itself, and where nothing was confirmed
        before, the fall begins with it.
        """
        doubted = (self.vetoes & LASTING) > 0
        late = minute.number - self.judged > WINDOW
        anew = self.open & late & (worse | (doubted & (level >= self.level)))
        begun = fired | (anew & doubted & (self.told == 0))
        self.acted |= anew & ((self.vetoes & ACTION) > 0)
        self._set(fired, open=True, told=np.int8(0), fired=minute.number)
        self._set(fired | worse, level=level, judged=minute.number)
        self._set(begun, peak=minute.peak, trough=minute.low, lowest=minute.number)
        self._set(begun, move=minute.low / minute.peak - 1)
        self._set(fired | anew, judged=minute.number, top=minute.peak, bottom=minute.low)
        self._set(fired | anew, level_before=minute.middle, vetoes=0)

    def _set(self, where: Flags, **values: npt.ArrayLike) -> None:
        for name, value in values.items():
            setattr(self, name, np.where(where, value, getattr(self, name)))

    def _deepen(self, minute: Minute) -> None:
        lower = self.open & (minute.low < self.trough)
        self.trough = np.where(lower, minute.low, self.trough)
        self.lowest = np.where(lower, minute.number, self.lowest)
        self.bottom = np.where(self.open, np.fmin(self.bottom, minute.low), self.bottom)

    def _confirm(self, minute: Minute, known: Known) -> Flags:
        """Whether the level is confirmed now for the first time."""
        unconfirmed = self.open & (self.told < self.level)
        if not unconfirmed.any():
            return unconfirmed
        known = replace(known, factor=np.where(self.acted, np.nan, known.factor))
        case = Case(minute, known, self.top, self.bottom, self.level_before, minute.number - self.judged)
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
