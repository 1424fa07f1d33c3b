"""The watch over the symbols of one exchange, from minute bars to falls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quant import detectors
from quant.detectors import Measure, Role
from quant.intraday.bars import CLOSE, HIGH, LOW, OPEN, Bars, Buffer, Counts
from quant.intraday.saved import Arrays, Flags, Floats, Saved, Whole
from quant.intraday.tape import Minute, Tape
from quant.plugins import discover
from quant.watch.falls import Falls
from quant.watch.keys import Keys, highest
from quant.watch.known import Known
from quant.watch.rows import Fall, rows

PARTS: Mapping[str, type[Saved]] = {
    "buffer": Buffer,
    "tape": Tape,
    "market": Tape,
    "keys": Keys,
    "falls": Falls,
    "market_falls": Falls,
}


@dataclass(frozen=True)
class Session:
    """What is known before the open; arrays of shape (symbols,) but for the curve.

    Attributes:
        curve: seasonal factor of each minute (`quant.intraday.seasonality`); its length is the session's.
        previous_close: as traded, adjusted for actions that take effect today; NaN where unknown.
        sigma: daily volatility as a fraction, NaN where unknown.
        tier: of the limit bands, 1 or 2.
        index: whether the symbol stands for the whole market (a fund on its index, the benchmark of a
            portfolio). Without any the median of all symbols does.
    """

    curve: Floats
    previous_close: Floats
    sigma: Floats
    tier: Whole
    index: Flags


class Watch:
    """Fed with bars, it releases one minute after another and says which falls changed.

    `symbols` name the columns of every array. Detectors keep their memory from session to session; all else
    begins anew with each. `parameters` replaces those of a detector by its name, for measurements.
    """

    def __init__(
        self, symbols: Sequence[str], session: Session, parameters: Mapping[str, object] | None = None
    ) -> None:
        """Before the first minute of a session."""
        self.symbols = tuple(symbols)
        self.detectors = discover(detectors)
        self._parameters = {name: file.Parameters() for name, file in self.detectors.items()}
        self._parameters |= parameters or {}
        self._memory: dict[str, Arrays] = {
            name: file.begin(len(self.symbols), self._parameters[name])
            for name, file in self.detectors.items()
        }
        self.begin(session)

    def begin(self, session: Session) -> None:
        """Begin a session; what was open in the last one is forgotten (see `finish`)."""
        count, one = len(self.symbols), np.ones(1)
        prices = (session.curve, session.previous_close, session.sigma)
        self._buffer = Buffer.empty(count)
        self._tape = Tape.open(*prices, session.tier, session.index)
        self._market = Tape.open(session.curve, one, one * np.nan, one.astype(np.int64), one > 0)
        self._keys = Keys.unturned(len(self._of("test")), count)
        self._falls = Falls.none(count, len(self.detectors))
        self._market_falls = Falls.none(1, len(self.detectors))

    @property
    def due(self) -> int:
        """The minute that `step` releases next."""
        return self._buffer.due

    @property
    def prices(self) -> Floats:
        """The last price of each symbol in this session, NaN before its first bar; shape (symbols,)."""
        return self._tape.price.copy()

    @property
    def doubtful(self) -> Flags:
        """Which symbols have an open fall that is not confirmed as it stands; shape (symbols,)."""
        return np.asarray(self._falls.open & (self._falls.told < self._falls.level))

    def offer(self, bars: Bars) -> Counts:
        """Bars in any order, as long as their minute is not released (`quant.intraday.bars.Buffer`)."""
        return self._buffer.offer(bars)

    def step(self, known: Known | None = None) -> list[Fall]:
        """Release the minute that is due; a row for each change, market-wide ones first."""
        minute = self._tape.advance(self._buffer.release())
        measures: dict[str, Measure] = {
            name: file.update(minute, self._memory[name], self._parameters[name])
            for name, file in self.detectors.items()
        }
        market = self._step_market(minute, measures)
        tests = self._part(measures, "test")
        level = self._keys.turn(tests, self._part(measures, "move"))
        values = {name: measure.value for name, measure in measures.items()}
        values |= dict(zip(sorted(tests), self._keys.strongest(), strict=True))
        known = known or Known.nothing(len(self.symbols))
        every = np.array([values[name] for name in self.detectors])
        changes = self._falls.step(minute, known, level, every)
        wide = bool(self._market_falls.open[0])
        names = tuple(self.detectors)
        return market + rows(self._falls, changes, self._tape, self.symbols, names, with_market=wide)

    def finish(self) -> list[Fall]:
        """After the last minute: what is still open is over, with what has been recovered by then."""
        number, names = self._tape.number, tuple(self.detectors)
        wide = bool(self._market_falls.open[0])
        market, own = self._market_falls.end(number), self._falls.end(number)
        found = rows(self._market_falls, market, self._market, (None,), names, with_market=wide)
        return found + rows(self._falls, own, self._tape, self.symbols, names, with_market=wide)

    def save(self) -> dict[str, Arrays]:
        """Copies of all arrays by part. After `restore` all goes on as if nothing had happened."""
        parts = {name: getattr(self, f"_{name}").save() for name in PARTS}
        return parts | {f"detector:{name}": _copied(memory) for name, memory in self._memory.items()}

    def restore(self, saved: Mapping[str, Arrays]) -> None:
        """Go on from what `save` gave for the same symbols; a detector that is new begins now."""
        for name, part in PARTS.items():
            setattr(self, f"_{name}", part.restore(saved[name]))
        self._memory = {
            name: _copied(saved.get(f"detector:{name}", memory)) for name, memory in self._memory.items()
        }

    def _of(self, role: Role) -> list[str]:
        return [name for name, file in self.detectors.items() if role == file.ROLE]

    def _part(self, measures: Mapping[str, Measure], role: Role) -> dict[str, Measure]:
        return {name: measures[name] for name in self._of(role)}

    def _step_market(self, minute: Minute, measures: Mapping[str, Measure]) -> list[Fall]:
        """The market as one more symbol: its bar is the median of those that stand for it, else of all."""
        before = float(self._market.price[0])
        index = self._market.advance(_median_bar(minute, 1.0 if np.isnan(before) else before))
        own = self._part(measures, "market")
        level = highest(own, len(self.symbols))[:1]
        values = np.array([[own[name].value[0] if name in own else np.nan] for name in self.detectors])
        changes = self._market_falls.step(index, Known.nothing(1), level, values)
        names = tuple(self.detectors)
        return rows(self._market_falls, changes, self._market, (None,), names, with_market=True)


def _median_bar(minute: Minute, before: float) -> Floats:
    """An index's minute as the tape takes it, shape (6, 1); NaN without a bar.

    Each price moves by the median of all symbols since the close before, or since the first open.
    """
    bar = np.full((6, 1), np.nan)
    of = minute.present & (minute.index if minute.index.any() else True)
    since = np.where(np.isnan(minute.before), minute.open, minute.before)
    prices = ((OPEN, minute.open), (HIGH, minute.high), (LOW, minute.low), (CLOSE, minute.close))
    for place, price in prices:
        moves = (price / since)[of]
        bar[place] = before * np.median(moves) if len(moves) else np.nan
    return bar


def _copied(arrays: Arrays) -> Arrays:
    return {name: array.copy() for name, array in arrays.items()}
