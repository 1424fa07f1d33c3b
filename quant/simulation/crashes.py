"""Crashes that are planted: their depth, length and recovery are known."""

from dataclasses import dataclass

import numpy as np

from quant.intraday.saved import Floats


@dataclass(frozen=True)
class Crash:
    """A fall of `depth` (0.05 is 5%) in `length` minutes, of which `share` comes back within `recovery`.

    `start` is the minute before the first one that falls; `name` the column.
    """

    name: int
    start: int
    depth: float
    length: int
    recovery: int
    share: float

    def path(self, minutes: int) -> Floats:
        """What it adds to the log price after each minute, shape (minutes,).

        It falls in equal steps and comes back fast at first (a square root).
        """
        since = np.arange(minutes) - self.start
        down = np.log1p(-self.depth) * np.clip(since / self.length, 0, 1)
        back = np.sqrt(np.clip((since - self.length) / self.recovery, 0, 1))
        return np.asarray(down - np.log1p(-self.depth * self.share) * back)


def planted(
    names: int, minutes: int, every: int, depth: float, random: np.random.Generator, length: int = 5
) -> list[Crash]:
    """One crash in each of every so many names, outside the first hour and the last 40 minutes.

    Recovery takes 10 to 60 minutes and brings back 0 to 90%.
    """
    chosen = np.arange(random.integers(every), names, every).tolist()
    return [
        Crash(
            name,
            int(random.integers(65, minutes - 40)),
            depth,
            length,
            int(random.integers(10, 61)),
            float(random.uniform(0, 0.9)),
        )
        for name in chosen
    ]


def declines(names: int, minutes: int, chosen: list[int], depth: float) -> Floats:
    """Slow declines of `depth` over the whole session in the chosen names, log, shape (minutes, names)."""
    paths = np.zeros((minutes, names))
    paths[:, chosen] = np.linspace(0, np.log1p(-depth), minutes)[:, None]
    return paths
