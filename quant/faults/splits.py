"""Prices that do not count a split, or count it twice; and steps that look like a split nobody announced."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quant.faults import Fault, Series, Table
from quant.faults._levels import CONFIRMED, REMEMBERED, Departure, calm, corrected, departures, sigma, steps
from quant.faults.units import repaired
from quant.faults.units import stretches as unit_stretches
from quant.market.panel import Floats

TABLE = "bars"
KINDS = {
    "split_not_applied": "The prices lack a listed split that the others contain",
    "split_applied_twice": "The prices contain a listed split once more than the others",
    "split_missing": "The price steps by the ratio of a split that is not listed",
}
AROUND = 30
"""Rows before and after an ex-date in which a vendor was seen to begin or end applying a split wrongly."""

LEAST = 0.2
"""The smallest split, as a logarithm (1.22 for 1), whose step stands out from a market's moves."""

COMMON = np.log([1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 35, 40, 50])
SIGNIFICANT = 8.0
"""Daily standard deviations below which a step is a move."""

EXACT = 0.03
"""How near, in logarithms, open and close must both come to the ratio of a split that nobody announced."""


def find(series: Series) -> list[Fault]:
    """Rows that lie off by an announced split, and rows that begin a level off by an unannounced one."""
    if calm(series):
        return []
    series = corrected(series, unit_stretches(series))
    return [fault for one in stretches(series) for fault in _rows(series, one)] + _unannounced(series)


@lru_cache(maxsize=REMEMBERED)
def stretches(series: Series) -> list[Departure]:
    """The rows that are off by the ratio of an announced split, near its ex-date."""
    ratios = _announced(series)
    return departures(series, np.unique(np.abs(ratios)), _near(series)) if ratios.size else []


def _announced(series: Series) -> Floats:
    """The announced splits as logarithms, those that stand out."""
    with np.errstate(all="ignore"):
        ratios = np.log(series.splits)
    return ratios[np.isfinite(ratios) & (np.abs(ratios) >= LEAST)]


def _near(series: Series) -> npt.NDArray[np.bool_]:
    rows = np.arange(len(series.splits))
    with np.errstate(all="ignore"):
        announced = np.flatnonzero(np.abs(np.log(series.splits)) >= LEAST)
    near: npt.NDArray[np.bool_] = np.any(np.abs(rows - announced[:, None]) <= AROUND, axis=0)
    return near


def _rows(series: Series, one: Departure) -> list[Fault]:
    ratios = np.exp(_announced(series))
    # Prices of old shares have to be divided by the ratio; what was divided twice, multiplied.
    apart = np.abs(np.log(one.factor * np.array([ratios, 1 / ratios])))
    twice, place = np.unravel_index(np.argmin(apart), apart.shape)
    kind = "split_not_applied" if twice == 0 else "split_applied_twice"
    exact = apart[twice, place] < 1e-6
    factor = float(1 / ratios[place] if twice == 0 else ratios[place])
    return [
        Fault(
            row, kind, "bars", float(series.close[row]),
            repaired(series, row, factor, 1 / factor) if one.certain and exact else None,
        )
        for row in range(one.begin, one.end)
        if series.close[row] > 0
    ]  # fmt: skip


def _unannounced(series: Series) -> list[Fault]:
    """Steps by a common ratio, overnight and to the close, with no split announced near them.

    Up to CONFIRMED rows the newest level is doubted, row by row: the split may come late. A level that
    has lasted is what was traded: what lacks is the action, at the row of the step, and holdings that were
    counted before it are in doubt (`quant.actions.splits.unannounced`).
    """
    rows, step = steps(series)
    if rows.size < 2:
        return []
    overnight = np.full(step.shape, np.nan)
    with np.errstate(all="ignore"):
        overnight[1:] = np.log(series.open[rows[1:]] / series.close[rows[:-1]])
    hit = like_a_split(step, overnight) & ~_near(series)[rows]
    faults = []
    for place in np.flatnonzero(hit).tolist():
        after = rows[place:].tolist()
        table: Table = "bars" if len(after) < CONFIRMED else "adjusted"
        doubted = after if table == "bars" else after[:1]
        faults += [Fault(row, "split_missing", table, float(series.close[row])) for row in doubted]
    return faults


def like_a_split(step: Floats, overnight: Floats) -> npt.NDArray[np.bool_]:
    """Whether both the step of a row's price from the one before and that of its open are by a common ratio.

    Logarithms, shape (rows,), the first step being none; NaN is no step.
    """
    noise = sigma(step)
    allowed = min(EXACT, 3 * noise)
    with np.errstate(invalid="ignore"):
        size = COMMON[np.argmin(np.abs(np.abs(np.nan_to_num(step))[:, None] - COMMON), axis=1)]
        hit = (np.abs(np.abs(step) - size) <= allowed) & (np.abs(np.abs(overnight) - size) <= allowed)
        hit &= (size > SIGNIFICANT * noise) & (np.sign(step) == np.sign(overnight))
    return np.asarray(hit)
