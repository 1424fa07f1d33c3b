"""False alarms and detections of the watch and of two simple rules, at every threshold."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import chi2

from benchmarks._crash_runs import Played
from quant.intraday.saved import Floats
from quant.simulation.crashes import Crash

YEAR = 252
LATE = 2
"""Minutes after the bottom within which a crash is still detected."""
WATCH, PERCENT, Z = "the watch", "percentage rule", "z-score"


@dataclass
class Scores:
    """The strongest thing that each rule said; an alarm at any threshold below it.

    Attributes:
        false: by rule, one score for each name and session, where no true fall explains it.
        caught: by rule, one score for each planted crash, within its minutes.
        reached: for each planted crash, whether the efficient price fell by a band in five minutes.
    """

    false: dict[str, list[float]] = field(default_factory=lambda: {WATCH: [], PERCENT: [], Z: []})
    caught: dict[str, list[float]] = field(default_factory=lambda: {WATCH: [], PERCENT: [], Z: []})
    reached: list[bool] = field(default_factory=list)

    def add_calm(self, played: Played) -> None:
        """A session without a planted crash."""
        confirmed = _confirmed(played)
        for rule, values in _values(played, confirmed).items():
            unexplained = np.where(played.true | np.isnan(values), 0.0, values)
            self.false[rule] += unexplained.max(axis=0).tolist()

    def add_crashes(self, played: Played, crashes: Sequence[Crash]) -> None:
        """A session with these crashes."""
        confirmed = _confirmed(played)
        for rule, values in _values(played, confirmed).items():
            self.caught[rule] += [_highest(values[during(one), one.name]) for one in crashes]
        self.reached += [bool(played.reached[during(one), one.name].any()) for one in crashes]

    @property
    def years(self) -> float:
        """Symbol-years without a planted crash."""
        return len(self.false[WATCH]) / YEAR

    def rate(self, rule: str, threshold: float) -> float:
        """False alarms in a symbol-year."""
        return float(np.sum(np.array(self.false[rule]) >= threshold)) / self.years

    def detection(self, rule: str, threshold: float, *, reached: bool = False) -> float:
        """Share of the crashes that are caught; with `reached`, of those that fell by a band."""
        which = np.array(self.reached) if reached else np.ones(len(self.reached), bool)
        return float(np.mean(np.array(self.caught[rule])[which] >= threshold))

    def threshold(self, rule: str, detection: float) -> float:
        """The highest threshold with at least this detection."""
        return float(np.quantile(self.caught[rule], 1 - detection, method="lower"))


def _highest(values: Floats) -> float:
    """The highest value, 0 where none is known."""
    return float(np.max(np.where(np.isnan(values), 0.0, values)))


def during(crash: Crash) -> slice:
    """The minutes in which a crash is to be detected."""
    return slice(crash.start + 1, crash.start + crash.length + LATE + 1)


def upper(count: int, years: float, of: float = 250) -> float:
    """What the number in `of` symbol-years stays below with 95% probability, after `count` in `years`."""
    return float(chi2.ppf(0.95, 2 * (count + 1)) / 2 / years * of)


def _values(played: Played, confirmed: Floats) -> Mapping[str, Floats]:
    return {WATCH: confirmed, PERCENT: played.percent, Z: played.z}


def _confirmed(played: Played) -> Floats:
    """The watch's fall in bands in the minutes of falls that it has confirmed by their end, else NaN."""
    found = np.full(played.share.shape, np.nan)
    for name, fired, ended in _spans(played):
        part = slice(fired, ended + 1)
        found[part, name] = played.share[part, name]
    return np.where(np.isnan(found), 0.0, found)


def _spans(played: Played) -> Iterator[tuple[int, int, int]]:
    """Name, first and last minute of each confirmed fall."""
    for name, row in played.rows:
        if name is not None and row.resolved is not None and row.confirmed:
            yield name, row.fired, row.resolved


Told = Callable[[str, bool], bool]
"""Whether a row's severity, and whether it is confirmed, are what is counted."""


def first_told(played: Played, crash: Crash, told: Told) -> int | None:
    """The first minute of a crash in which a row of this kind is told."""
    minutes = [
        row.fired + row.duration
        for name, row in played.rows
        if name == crash.name and row.change != "resolved" and told(row.severity, row.confirmed)
    ]
    inside = [minute for minute in minutes if crash.start < minute <= crash.start + crash.length + LATE]
    return min(inside, default=None)


def false_rows(played: Played, told: Told) -> int:
    """How many falls of single names were told so without a true fall behind them."""
    found = {
        (name, row.fired)
        for name, row in played.rows
        if name is not None
        and row.change != "resolved"
        and told(row.severity, row.confirmed)
        and not played.true[row.fired + row.duration, name]
    }
    return len(found)
