"""The minutes of a session, one after another, through the maths: what is fed, and what changed."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from quant.intraday.bars import Bars, Counts
from quant.intraday.saved import Floats
from quant.watch.known import Known
from quant.watch.rows import Fall
from quant.watch.watch import Watch
from tasks.watch.feed import until
from tasks.watch.market import Opening
from tasks.watch.wanted import Wanted

HOUR = 60
"""Minutes of the last prices that are kept for a picture."""
AHEAD = 9
"""Minutes that the buffer holds beyond the one that is due."""


@dataclass(frozen=True)
class Seen:
    """A fall as a minute left it, and when: `fired_at`, `at` are the ends of minutes (UTC).

    `last_close`: of the session before, NaN where not known or of the market.
    """

    fall: Fall
    session: str
    fired_at: datetime
    at: datetime
    last_close: float


@dataclass
class Played:
    """A session on its way through the maths. `counts`: what became of the bars so far, in rows.

    `hour` has the end of each of the last minutes and the prices then; after a restart it begins anew.
    """

    wanted: Wanted
    opening: Opening
    watch: Watch
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0, 0))
    hour: deque[tuple[datetime, Floats]] = field(default_factory=lambda: deque(maxlen=HOUR))

    @classmethod
    def fresh(cls, wanted: Wanted, opening: Opening) -> "Played":
        """Before the first minute."""
        return cls(wanted, opening, Watch(wanted.symbols, opening.session))

    @property
    def due(self) -> int:
        """The number of the minute that comes next; that of the session's length once all have passed."""
        return self.watch.due

    @property
    def prices(self) -> Floats:
        """The last price of each symbol, shape (symbols,); NaN without a bar of this session."""
        return self.watch.prices

    @property
    def is_over(self) -> bool:
        """Whether every minute of the session has passed."""
        return self.due >= len(self.wanted.minutes)

    def play(
        self, bars: Bars, number: int, second: Callable[[int], Floats] | None = None
    ) -> Iterator[tuple[int, list[Seen]]]:
        """Feed bars and pass the minutes up to `number`: each with what changed in it.

        `second` gives the prices by another source in a minute, shape (symbols,), NaN where none is known.
        """
        fed = self.due - 1
        while self.due <= min(number, len(self.wanted.minutes) - 1):
            if self.due + AHEAD > fed:
                self._offer(until(bars, self.due + AHEAD, fed))
                fed = self.due + AHEAD
            minute = self.due
            falls = self.watch.step(self._known(second))
            self.hour.append((self._end(minute), self.prices))
            yield minute, [self.seen(one, minute) for one in falls]

    def finish(self) -> list[Seen]:
        """After the last minute: what was still open is over."""
        last = len(self.wanted.minutes) - 1
        return [self.seen(one, last) for one in self.watch.finish()]

    def seen(self, fall: Fall, minute: int) -> Seen:
        """A fall with the instants of its minutes."""
        last = np.nan
        if fall.symbol is not None:
            last = float(self.opening.session.previous_close[self.wanted.symbols.index(fall.symbol)])
        return Seen(fall, self.wanted.session.isoformat(), self._end(fall.fired), self._end(minute), last)

    def _end(self, minute: int) -> datetime:
        begin = self.wanted.minutes[minute] + np.timedelta64(60, "s")
        found: datetime = begin.astype("datetime64[us]").item()
        return found.replace(tzinfo=UTC)

    def _known(self, second: Callable[[int], Floats] | None) -> Known:
        nothing = Known.nothing(len(self.wanted.symbols))
        prices = second(self.due) if second else nothing.second
        auction = nothing.auction | (self.due in self.wanted.auctions)
        return Known(nothing.halted, auction, self.opening.factor, prices)

    def _offer(self, bars: Bars) -> None:
        if not len(bars.minute):
            return
        new, old = self.watch.offer(bars), self.counts
        self.counts = Counts(
            old.taken + new.taken, old.repeated + new.repeated, old.late + new.late, old.ahead + new.ahead,
            old.invalid + new.invalid,
        )  # fmt: skip
