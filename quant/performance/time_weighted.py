"""The time-weighted return: what a manager earned, whatever was paid in and taken out.

`values` (days,) are what a portfolio was worth at the close of `days`, ascending, a part of its exchange's
`sessions`, which end with the last of them. `flows` (days,) is what came in between the value before and this
one, below 0 for what went; it counts from the start of the first session after that value. The return of a
sub-period is value ÷ (value before + flow) − 1, and those of several are chained: the true time-weighted
return (CFA Institute, Global Investment Performance Standards, 2020).
"""

from dataclasses import dataclass

import numpy as np

from quant.book.holdings import Mask
from quant.market.panel import Days, Floats
from quant.performance.periods import before


@dataclass(frozen=True)
class TimeWeighted:
    """A portfolio's time-weighted returns on its last session; NaN where one is not known.

    `since` runs from the first value that is known.
    """

    day: float
    month: float
    year: float
    since: float


@dataclass(frozen=True)
class Grown:
    """What one unit became in each sub-period, shape (days,): that of the first is 1.

    `estimated` says where a flow came at some time within several sessions.
    """

    growth: Floats
    estimated: Mask


def time_weighted(values: Floats, flows: Floats, days: Days, sessions: Days) -> TimeWeighted:
    """The returns of the last day, and since the last session of the month and of the year before.

    Nothing is assumed of when within several sessions a flow came: a sub-period that has one and is longer
    than a session is NaN, and so is one that begins with nothing or less. NaN too where the value that a
    return begins with is not among the values.
    """
    places, found = np.searchsorted(sessions, days), grown(values, flows, days, sessions)
    growth = np.where(found.estimated, np.nan, found.growth)

    def since(place: int) -> float:
        rows = np.flatnonzero(places[:-1] == place)
        return float(np.prod(growth[rows[0] + 1 :]) - 1) if len(rows) else float("nan")

    month, year = before(sessions)
    return TimeWeighted(
        day=since(len(sessions) - 2), month=since(month), year=since(year), since=since(int(places[0]))
    )


def grown(values: Floats, flows: Floats, days: Days, sessions: Days) -> Grown:
    """What one unit became in each sub-period.

    A flow somewhere within several sessions is taken to have come in the middle of them (Dietz, Pension
    Funds: Measuring Investment Performance, 1966). NaN where a sub-period begins with nothing or less.
    """
    growth = np.ones(len(values))
    estimated = np.zeros(len(values), bool)
    estimated[1:] = (flows[1:] != 0) & (np.diff(np.searchsorted(sessions, days)) > 1)
    part = np.where(estimated[1:], 0.5, 1.0) * flows[1:]
    base, end = values[:-1] + part, values[1:] - (flows[1:] - part)
    growth[1:] = np.divide(end, base, out=np.full(len(base), np.nan), where=base > 0)
    return Grown(growth, estimated)
