"""Made-up sessions played through the watch and through two simple rules: what each says, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quant.detectors import limit_band
from quant.intraday.bars import CLOSE, Bars
from quant.intraday.saved import Flags, Floats
from quant.intraday.seasonality import estimate
from quant.intraday.tape import WINDOW, Tape
from quant.simulation.bars import Delivered, Vendor, deliver
from quant.simulation.crashes import Crash, declines
from quant.simulation.prices import Model, session, sigmas
from quant.watch.known import Known
from quant.watch.rows import Fall
from quant.watch.watch import Session, Watch

MINUTES = 390
MODEL = Model()
TRUE_SHARE, TRUE_WITHIN = 0.8, 10
"""A fall is true where the efficient price fell by this share of the band, within so many minutes before."""
HISTORY = 20
"""Sessions from which the seasonality is estimated."""


@dataclass(frozen=True)
class Played:
    """One session of every name. Arrays (minutes, names) but for `rows`.

    Attributes:
        rows: what the watch said, with the column of the name (None: of the market).
        share: the watch's five-minute fall in bands (1 is a band), NaN without a bar.
        percent: the fall of the close from the highest close of five minutes, a fraction above 0.
        z: minus a minute's return in standard deviations of the 60 before.
        true: whether the efficient price has fallen by nearly a band.
        reached: whether it has fallen by a whole band within five minutes, in that minute.
    """

    rows: Sequence[tuple[int | None, Fall]]
    share: Floats
    percent: Floats
    z: Floats
    true: Flags
    reached: Flags


class Market:
    """A market of so many names that goes on from session to session."""

    def __init__(self, names: int, seed: int, vendor: Vendor) -> None:
        self.names, self.vendor = names, vendor
        self.random = np.random.default_rng(seed)
        self.theta = sigmas(names, MODEL) ** 2
        self.variance, self.prices = self.theta.copy(), self.random.uniform(20, 200, names)
        self.curve = self._curve()
        self.watch = Watch([str(name) for name in range(names)], self._session())

    def play(self, crashes: Sequence[Crash] = (), *, keep: bool = True) -> Played:
        """One session; without `keep` neither prices nor the watch remember it."""
        path, variance = self._path()
        for crash in crashes:
            path[:, crash.name] += crash.path(MINUTES)
        usual = np.sqrt(self.theta / MINUTES)
        delivered = deliver(self.prices, path, usual, self.vendor, self.random)
        before = self.watch.save()
        played = self._watched(delivered, path)
        if keep:
            self.variance = variance
            self.prices = np.clip(self.prices * np.exp(path[-1]), 20, 200)
        else:
            self.watch.restore(before)
        return played

    def _path(self) -> tuple[Floats, Floats]:
        returns, variance = session(self.variance, self.theta, MINUTES, MODEL, self.random)
        slow = self.random.choice(self.names, max(self.names // 100, 1), replace=False).tolist()
        return np.cumsum(returns, axis=0) + declines(self.names, MINUTES, slow, 0.08), variance

    def _curve(self) -> Floats:
        some = slice(None, None, max(self.names // 50, 1))
        theta, found = self.theta[some], []
        for _ in range(HISTORY):
            returns, _ = session(theta, theta, MINUTES, MODEL, self.random)
            found.append(returns)
        return estimate(np.array(found))

    def _session(self) -> Session:
        ones = np.ones(self.names, np.int64)
        return Session(self.curve, self.prices, np.sqrt(self.theta), ones, ones < 0)

    def _watched(self, delivered: Delivered, path: Floats) -> Played:
        known = Known.nothing(self.names)
        known = Known(known.halted, known.auction, delivered.factor, known.second)
        state = self._session()
        tape = Tape.open(state.curve, state.previous_close, state.sigma, state.tier, state.index)
        self.watch.begin(state)
        rows: list[Fall] = []
        share = np.empty(path.shape)
        width = np.empty(path.shape)
        for number, values in enumerate(delivered.minutes):
            self.watch.offer(_arriving(number, values))
            rows += self.watch.step(known)
            minute = tape.advance(values)
            width[number] = limit_band.band(minute, limit_band.Parameters())
            share[number] = -minute.fall / width[number]
        rows += self.watch.finish()
        fallen = _fallen(np.vstack([np.zeros(self.names), path]))[1:] / width
        named = [(None if row.symbol is None else int(row.symbol), row) for row in rows]
        closes = _carried(delivered.minutes[:, CLOSE])
        true = _lasting(fallen >= TRUE_SHARE, TRUE_WITHIN)
        return Played(named, share, _fallen(np.log(closes)), _z(closes), true, fallen >= 1)


def _arriving(number: int, values: Floats) -> Bars:
    there = np.flatnonzero(~np.isnan(values[CLOSE]))
    return Bars(there, np.full(len(there), number), values[:, there])


def _fallen(logs: Floats) -> Floats:
    """How far each minute lies below the highest of it and the five before, a fraction."""
    highest = logs.copy()
    for lag in range(1, WINDOW + 1):
        highest[lag:] = np.fmax(highest[lag:], logs[:-lag])
    return np.asarray(-np.expm1(logs - highest))


def _lasting(flags: Flags, minutes: int) -> Flags:
    """Whether a flag has been set in the minute, or in so many before."""
    lasting = flags.copy()
    for lag in range(1, minutes + 1):
        lasting[lag:] |= flags[:-lag]
    return lasting


def _carried(closes: Floats) -> Floats:
    rows = np.where(np.isnan(closes), 0, np.arange(len(closes))[:, None])
    return np.asarray(np.take_along_axis(closes, np.maximum.accumulate(rows, axis=0), axis=0))


def _z(closes: Floats, minutes: int = 60) -> Floats:
    """Minus each return in standard deviations of the 60 before it; NaN where there are fewer."""
    returns = np.diff(np.log(closes), axis=0, prepend=np.nan)
    sums = np.nancumsum(returns**2, axis=0)
    variance = (sums[minutes:-1] - sums[: -minutes - 1]) / minutes
    found = np.full(closes.shape, np.nan)
    found[minutes + 1 :] = -returns[minutes + 1 :] / np.sqrt(np.where(variance > 0, variance, np.nan))
    return found
