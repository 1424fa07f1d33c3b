"""How the benchmark and the portfolio have done."""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Days, Floats


def day_month_and_year(total: Floats, sessions: Days) -> tuple[float, float, float]:
    """Simple returns of one symbol on the last session, and since the last of the month and year before.

    `total` (sessions,) is its total-return close, `sessions` their dates, ascending. NaN where one of the two
    closes is missing or lies before the first session.
    """
    month, year = _before(sessions)
    return _return_since(total, len(total) - 2), _return_since(total, month), _return_since(total, year)


def _before(sessions: Days) -> tuple[int, int]:
    """Where the last sessions of the previous month and year stand; -1: before the first."""
    month, year = (sessions[-1:].astype(f"datetime64[{unit}]").astype(sessions.dtype)[0] for unit in "MY")
    return int(np.searchsorted(sessions, month)) - 1, int(np.searchsorted(sessions, year)) - 1


def _return_since(total: Floats, row: int) -> float:
    return float(total[-1] / total[row] - 1) if row >= 0 else float("nan")


@dataclass(frozen=True)
class TimeWeighted:
    """A portfolio's time-weighted returns on its last session; NaN where one is not known.

    `since` runs from the first value that is known.
    """

    day: float
    month: float
    year: float
    since: float


def time_weighted(values: Floats, flows: Floats, days: Days, sessions: Days) -> TimeWeighted:
    """The returns of the last day, and since the last session of the month and of the year before.

    `values` (days,) are what the portfolio was worth at the close of `days`, ascending, a part of its
    exchange's `sessions`, which end with the last of them. `flows` (days,) is what came in between the value
    before and this one, below 0 for what went; it counts from the start of the first session after that
    value. The return of a sub-period is value ÷ (value before + flow) − 1, and those of several are chained:
    the true time-weighted return (CFA Institute, Global Investment Performance Standards, 2020).
    Nothing is assumed of when within several sessions a flow came: a sub-period that has one and is longer
    than a session is NaN, and so is one that begins with nothing or less. NaN too where the value that a
    return begins with is not among the values.
    """
    places, growth = np.searchsorted(sessions, days), np.full(len(values), np.nan)
    base = values[:-1] + flows[1:]
    known = (base > 0) & ((flows[1:] == 0) | (np.diff(places) == 1))
    growth[1:] = np.divide(values[1:], base, out=np.full(len(base), np.nan), where=known)

    def since(place: int) -> float:
        found = np.flatnonzero(places[:-1] == place)
        return float(np.prod(growth[found[0] + 1 :]) - 1) if len(found) else float("nan")

    month, year = _before(sessions)
    return TimeWeighted(
        day=since(len(sessions) - 2), month=since(month), year=since(year), since=since(int(places[0]))
    )
