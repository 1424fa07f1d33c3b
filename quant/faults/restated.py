"""Deliveries that set a level of prices anew: accepted closes times one factor, or a split still to come."""

import numpy as np
import numpy.typing as npt

from quant.faults import Fault, Series
from quant.faults._payouts import right_prices
from quant.market.panel import Floats

TABLE = "bars"
KINDS = {
    "restated_by_factor": "The delivery multiplies a stretch of the symbol's accepted closes by one factor",
    "split_ahead_of_prices": (
        "A split of a later day is listed; prices may already contain it, and these look as if they did"
    ),
}
STRETCH = 5
"""Accepted closes in a row that one factor restates; all of them where fewer are delivered again, but two."""

SMALLEST = 2e-4
"""The least restatement, as a logarithm, that is looked at: a payout of 0.02%."""

ALIKE = 0.02
"""Two restatements are by one factor when they differ by less than this share of it, or by cents."""


def find(series: Series) -> list[Fault]:
    """Every row that would change what is known, where one factor restates a stretch; and the newest row.

    What a vendor has wrong in a way that another rule knows (a unit, an announced split) is for that rule.
    With a split ahead every row is in doubt.
    """
    if series.ahead:
        return _doubted(series, series.close > 0, "split_ahead_of_prices")
    if series.accepted is None:
        return []
    right = right_prices(series)
    with np.errstate(all="ignore"):
        delivered = np.log(series.close / series.accepted)
        # What comes as it is known restates nothing, whatever another rule makes of it.
        apart = np.where(np.abs(delivered) <= SMALLEST, 0.0, np.log(right.close / series.accepted))
    if not _by_one_factor(apart, series.accepted):
        return []
    doubted = ~(np.abs(apart) <= SMALLEST)
    doubted[np.flatnonzero(series.close > 0)[-1]] = True
    return _doubted(series, doubted & (series.close > 0), "restated_by_factor")


def _by_one_factor(apart: Floats, accepted: Floats) -> bool:
    """Whether STRETCH of the closes that are known, one after the other, are restated by the same factor."""
    known = np.flatnonzero(np.isfinite(apart))
    step = apart[known]
    cents = np.where(accepted[known] >= 1, 0.01, 0.0001) / accepted[known]
    off = np.abs(step) > np.maximum(SMALLEST, 2 * cents)
    same = off[1:] & off[:-1]
    same &= np.abs(np.diff(step)) <= np.maximum(ALIKE * np.abs(step[1:]), cents[1:] + cents[:-1])
    same &= np.sign(step[1:]) == np.sign(step[:-1])
    needed = max(min(STRETCH, len(known)), 2) - 1
    return _longest(same) >= needed


def _longest(hits: npt.NDArray[np.bool_]) -> int:
    """The length of the longest run of hits."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], hits, [False]]).astype(int)))
    return int(np.max(ends[1::2] - ends[::2], initial=0))


def _doubted(series: Series, rows: npt.NDArray[np.bool_], kind: str) -> list[Fault]:
    return [Fault(row, kind, "bars", float(series.close[row])) for row in np.flatnonzero(rows).tolist()]
