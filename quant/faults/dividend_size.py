"""Distributions of the wrong size: in another unit, or not adjusted for a split."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quant.faults import Fault, Series
from quant.faults._levels import REMEMBERED
from quant.faults._payouts import Payouts, payouts, right_prices, same
from quant.market.panel import Floats

TABLE = "actions"
KINDS = {
    "dividend_100x": "The distribution is 100 times too large or too small",
    "dividend_not_split_adjusted": "The distribution is per share of before a split",
}
LARGE = 4.0
"""Evidence (log likelihood ratio) that a single large payout needs to be called a hundredfold."""

SMALL, SEVERAL, TINY = 1.0, 5, 0.0005
"""Evidence that SEVERAL payouts of one kind need together, each under TINY of the price. Few pay so little
so often, so little evidence turns the scale."""

HUNDRED = 100.0
REGULAR = 3
"""Payouts of one size before the newest one that tell its size."""

USUAL = 1.3
"""A payout that differs by less than this factor from the one before and the one after is one of them."""

LIKE = 3.0
"""Payouts whose share of the price differs by less than this factor are of one kind."""


@lru_cache(maxsize=REMEMBERED)
def find(series: Series) -> list[Fault]:
    """Payouts whose size the ex-date's move contradicts, or the adjusted close by exactly 100 or a split."""
    series = right_prices(series)
    paid = payouts(series)
    large, small = _large(paid), _small(paid)
    ratio = _unadjusted(series, paid)
    faults = []
    for place, row in enumerate(paid.rows.tolist()):
        announced, by_adjusted = float(paid.announced[place]), float(paid.implied[place])
        factor = 0.01 if large[place] else 100.0 if small[place] else 1 / ratio[place]
        if factor == 1.0:
            continue
        kind = "dividend_100x" if large[place] or small[place] else "dividend_not_split_adjusted"
        certain = abs(by_adjusted / (announced * factor) - 1) <= 0.02 or bool(
            paid.regular[place] and _is_usual(paid, large | small | (ratio != 1), place, announced * factor)
        )
        faults.append(
            Fault(row, kind, "actions", announced, {"dividend": announced * factor} if certain else None)
        )
    return faults


def _is_usual(paid: Payouts, wrong: npt.NDArray[np.bool_], place: int, payout: float) -> bool:
    """Whether the nearest right payouts, one before and one after, are much like this one."""
    right = np.flatnonzero(~wrong)
    after = int(np.searchsorted(right, place))
    if after in {0, len(right)}:
        return False
    around = paid.announced[right[after - 1 : after + 1]]
    return bool(np.all(np.abs(np.log(around / payout)) < np.log(USUAL)))


def _large(paid: Payouts) -> npt.NDArray[np.bool_]:
    """Where the price did not fall by the payout, nor nearly so, but may have by a hundredth of it."""
    with np.errstate(invalid="ignore"):
        evidence = paid.support(paid.announced / 100) - paid.support(paid.announced)
    stands_out = paid.announced / paid.before > 5 * paid.noise[1]
    large: npt.NDArray[np.bool_] = stands_out & (evidence > LARGE) & ~paid.late
    return large | (_out_of_line(paid, 1 / HUNDRED) & (evidence > SMALL) & ~paid.late)


def _small(paid: Payouts) -> npt.NDArray[np.bool_]:
    """Where payouts of one kind are tiny, and the falls on their ex-dates rather fit a hundredfold."""
    share = paid.announced / paid.before
    with np.errstate(invalid="ignore"):
        evidence = paid.support(paid.announced * 100) - paid.support(paid.announced)
    like = (share[:, None] < share * LIKE) & (share < share[:, None] * LIKE)
    total = np.where(like, evidence, 0.0).sum(axis=1)
    small: npt.NDArray[np.bool_] = (share < TINY) & (total > SMALL) & (like.sum(axis=1) >= SEVERAL)
    return small | (_out_of_line(paid, HUNDRED) & (evidence > -SMALL))


def _out_of_line(paid: Payouts, factor: float) -> npt.NDArray[np.bool_]:
    """Where `factor` times a payout would be one of those around it, or like those before the newest."""
    size, bound = np.log(paid.announced), np.log(USUAL)
    found = np.zeros(size.shape, dtype=bool)
    right = size[1:-1] + np.log(factor)
    found[1:-1] = (
        (np.abs(right - size[:-2]) < bound) & (np.abs(right - size[2:]) < bound) & paid.regular[1:-1]
    )
    before = size[-1 - REGULAR : -1]
    if before.size == REGULAR and size.size:
        gaps = np.diff(paid.rows[-1 - REGULAR :])
        found[-1] = np.all(np.abs(size[-1] + np.log(factor) - before) < bound) and gaps.max() < 2 * gaps.min()
    return found


def _unadjusted(series: Series, paid: Payouts) -> Floats:
    """The split by which a payout was not divided, where the adjusted close says exactly so; else 1."""
    ratio = np.ones(paid.rows.shape)
    for row in np.flatnonzero((series.splits > 0) & (np.abs(series.splits - 1) > 0.05)).tolist():
        split = series.splits[row]
        earlier = (paid.rows <= row) & same(paid.implied, paid.announced / split)
        ratio[earlier] = split
    return ratio
