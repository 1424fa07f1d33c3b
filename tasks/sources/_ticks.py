"""Trades as they are told, late and in any order, as minute bars."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from tasks.sources import MINUTES

MINUTE = 60_000
"""Milliseconds."""


@dataclass(frozen=True)
class Tick:
    """A trade. `at`: milliseconds since 1970; `day_volume`: what was traded of it that day by then."""

    symbol: str
    at: int
    price: float
    day_volume: float


@dataclass
class Made:
    """A minute of a symbol so far. `least`: the day's volume at its first trade, `most` at its last one."""

    first: int
    last: int
    open: float
    high: float
    low: float
    close: float
    least: float
    most: float

    @classmethod
    def of(cls, tick: Tick) -> "Made":
        """Of its first trade that is told."""
        price, volume = tick.price, tick.day_volume
        return cls(tick.at, tick.at, price, price, price, price, volume, volume)

    def take(self, tick: Tick) -> None:
        """One more trade, before or after those that are known. One that is told again changes nothing."""
        self.high, self.low = max(self.high, tick.price), min(self.low, tick.price)
        if (tick.at, tick.day_volume) < (self.first, self.least):
            self.first, self.open, self.least = tick.at, tick.price, tick.day_volume
        if (tick.at, tick.day_volume) > (self.last, self.most):
            self.last, self.close, self.most = tick.at, tick.price, tick.day_volume


class Ticks:
    """The minutes of many symbols; filled by one thread and read by another."""

    def __init__(self) -> None:
        """Before the first trade."""
        self._lock = threading.Lock()
        self._minutes: dict[int, dict[str, Made]] = {}
        self._before: dict[str, tuple[int, float]] = {}
        self._last: dict[str, int] = {}

    def take(self, tick: Tick) -> None:
        """A trade; one of a minute that has been forgotten is only the symbol's newest, where it is."""
        with self._lock:
            made = self._minutes.setdefault(tick.at // MINUTE, {})
            if tick.symbol in made:
                made[tick.symbol].take(tick)
            else:
                made[tick.symbol] = Made.of(tick)
            self._last[tick.symbol] = max(tick.at, self._last.get(tick.symbol, 0))

    def last(self) -> dict[str, datetime]:
        """When each symbol was last traded (UTC)."""
        with self._lock:
            return {symbol: datetime.fromtimestamp(at / 1000, UTC) for symbol, at in self._last.items()}

    def bars(self, since: datetime, until: datetime) -> pa.Table:
        """The minutes that begin from `since` on and end by `until`, of the schema MINUTES.

        A minute's volume is the day's volume at its end, less that at the end of the one before. Earlier
        minutes than `since` are forgotten.
        """
        first, end = (int(one.timestamp() * 1000) // MINUTE for one in (since, until))
        with self._lock:
            self._forget(first)
            rows: list[tuple[str, int, Made, float]] = []
            before = {symbol: volume for symbol, (_, volume) in self._before.items()}
            for minute in sorted(one for one in self._minutes if one < end):
                for symbol, made in self._minutes[minute].items():
                    rows.append((symbol, minute, made, max(0.0, made.most - before.get(symbol, made.least))))
                    before[symbol] = made.most
            return _table(rows)

    def _forget(self, first: int) -> None:
        for minute in sorted(one for one in self._minutes if one < first):
            for symbol, made in self._minutes.pop(minute).items():
                self._before[symbol] = max(self._before.get(symbol, (0, 0.0)), (made.last, made.most))


def _table(rows: list[tuple[str, int, Made, float]]) -> pa.Table:
    made = [one for _, _, one, _ in rows]
    begins = np.array([minute for _, minute, _, _ in rows], "datetime64[m]").astype("datetime64[us]")
    columns = {
        "symbol": pa.array([symbol for symbol, *_ in rows], pa.string()),
        "instant": pa.array(begins).cast(MINUTES.field("instant").type),
        **{name: [getattr(one, name) for one in made] for name in ("open", "high", "low", "close")},
        "volume": [volume for *_, volume in rows],
        "split": pa.nulls(len(rows), pa.float64()),
    }
    return pa.table(columns, MINUTES)


def end_of(until: datetime) -> datetime:
    """The end of the last minute that is over by then."""
    return until - timedelta(seconds=until.second, microseconds=until.microsecond)
