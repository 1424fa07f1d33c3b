"""A session of minutes for the desk's three symbols, written as a price file that a live watch reads."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from config.calendars import Calendar
from tests.tasks.desk import CLOSES

TODAY = date(2024, 7, 1)
"""The session after the desk's last one."""
MINUTES = 390
[(OPEN, CLOSE)] = Calendar("XNYS").hours(TODAY)
FALL = 330
"""The minute in which a planted fall begins."""


def at(minute, seconds=0.0):
    """The instant of a minute's begin."""
    return OPEN + timedelta(minutes=minute, seconds=seconds)


def calm(seed=7):
    """Closes of quiet minutes, shape (minutes, symbols): 0.02% a minute."""
    random = np.random.default_rng(seed)
    steps = np.exp(random.normal(0, 2e-4, (MINUTES, len(CLOSES))))
    return np.array([*CLOSES.values()]) * np.cumprod(steps, axis=0)


def fallen(closes, symbol, depth, begin=FALL, over=4, back=15):
    """The same with a fall over some minutes, which then comes back."""
    path = np.ones(MINUTES)
    path[begin : begin + over] = np.linspace(1, 1 - depth, over + 1)[1:]
    path[begin + over : begin + over + 2] = 1 - depth
    path[begin + over + 2 : begin + over + 2 + back] = np.linspace(1 - depth, 1, back)
    closes = closes.copy()
    closes[:, [*CLOSES].index(symbol)] *= path
    return closes


def bars(closes):
    """Rows of a price file: each minute opens at the close before."""
    opens = np.vstack([closes[:1], closes[:-1]])
    rows = [
        {
            "symbol": symbol, "instant": at(minute), "open": opens[minute, place],
            "high": max(opens[minute, place], closes[minute, place]) * 1.0001,
            "low": min(opens[minute, place], closes[minute, place]) * 0.9999,
            "close": closes[minute, place], "volume": 1000.0,
        }
        for place, symbol in enumerate(CLOSES)
        for minute in range(MINUTES)
    ]  # fmt: skip
    return pd.DataFrame(rows)


class Clock:
    """A clock that moves when somebody sleeps; it can stop the process at an instant, as a kill does."""

    def __init__(self, now: datetime):
        self.time, self.stop = now, None

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += timedelta(seconds=seconds)
        if self.stop and self.time >= self.stop:
            self.stop = None
            raise Killed


class Killed(BaseException):
    """The process ends here."""
