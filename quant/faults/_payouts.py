"""Each announced distribution beside what the vendor's adjusted close makes of it and what the price did."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quant.faults import Series, splits, units
from quant.faults._levels import REMEMBERED, corrected, sigma, steps
from quant.market.adjust import derive_distributions
from quant.market.panel import Floats

FREEDOM = 3.0
"""Degrees of freedom of Student's t for a day's move: crashes happen, so one of them proves little."""

SAME = 0.02
"""Relative: two payouts are the same when they differ by less. Vendors round small ones."""


BOUND = 0.0005
"""Share of the price by which both may differ: adjusted closes are rounded, some vendors' to the cent."""

UNEVEN = 2.0
"""Payouts of one schedule lie apart by less than this many times the other distance."""

LATE = 0.1
"""Relative: a payout that is adjusted on the next row only is known by this precision."""


def plausibility(size: Floats) -> Floats:
    """The logarithm, up to a constant, of how likely a day's move of `size` standard deviations is."""
    likely: Floats = -(FREEDOM + 1) / 2 * np.log1p(np.square(size) / FREEDOM)
    return likely


@dataclass(frozen=True)
class Payouts:
    """The rows with an announced distribution that follow a price, aligned arrays of shape (payouts,).

    `announced` and `implied` (by the adjusted close; NaN where unknown) are per share of today, `before` is
    the close before, `moves` (2, payouts) are ln(open ÷ before) and ln(close ÷ before), NaN where unknown,
    `noise` (2, 1) the daily standard deviation of each, and `late` says that only the next row's adjusted
    close counts the payout, as in weekly bars.
    """

    rows: npt.NDArray[np.intp]
    announced: Floats
    implied: Floats
    before: Floats
    moves: Floats
    noise: Floats
    late: npt.NDArray[np.bool_]

    def support(self, payout: Floats) -> Floats:
        """The logarithm of how well open and close of each ex-date fit a fall by `payout`, up to a constant.

        -inf for a payout that is not below the close before: nobody can have received it.
        """
        with np.errstate(all="ignore"):
            size = (self.moves - np.log1p(-payout / self.before)) / self.noise
        fit = plausibility(size)
        # Both move together: their mean is the evidence of one. The close is always there.
        mean = np.where(np.isnan(fit[0]), fit[1], (fit[0] + fit[1]) / 2)
        return np.where(payout < self.before, mean, -np.inf)

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Where the adjusted close counts all that was announced, on the ex-date or the row after."""
        bound = np.maximum(BOUND * self.before, SAME * self.announced)
        return (np.abs(self.implied - self.announced) <= bound) | self.late

    @property
    def regular(self) -> npt.NDArray[np.bool_]:
        """Where a payout stands about as far from the one before as from the one after; not at the ends."""
        gaps = np.diff(self.rows)
        even = np.zeros(self.rows.shape, dtype=bool)
        even[1:-1] = np.maximum(gaps[1:], gaps[:-1]) < UNEVEN * np.minimum(gaps[1:], gaps[:-1])
        return even


@lru_cache(maxsize=REMEMBERED)
def right_prices(series: Series) -> Series:
    """The series with every stretch of wrong prices put right, so that payouts are weighed by real moves."""
    series = corrected(series, units.stretches(series))
    return corrected(series, splits.stretches(series))


@lru_cache(maxsize=REMEMBERED)
def implied(series: Series) -> Floats:
    """What the adjusted close says was distributed, by row; NaN without one on the row and before."""
    with np.errstate(all="ignore"):
        ratio = series.adj_close / series.close
    known = np.isfinite(ratio) & (ratio > 0)
    paid = np.full(ratio.shape, np.nan)
    rows = np.flatnonzero(known)
    paid[rows] = derive_distributions(series.close[rows], series.adj_close[rows])
    paid[rows[:1]] = np.nan
    return paid


@lru_cache(maxsize=REMEMBERED)
def payouts(series: Series) -> Payouts:
    """What was announced to be paid; empty when the vendor tells no distributions. Prices must be right."""
    announced = np.zeros(series.close.shape) if series.distributions is None else series.distributions
    rows, _ = steps(series)
    close = series.close[rows]
    before = np.append(np.nan, close[:-1])[: len(close)]
    with np.errstate(all="ignore"):
        moves = np.log(np.stack([series.open[rows], close]) / before)
    moves[~np.isfinite(moves)] = np.nan
    paid = np.flatnonzero((announced[rows] > 0) & np.isfinite(before))
    by_adjusted = implied(series)[rows]
    following = np.append(by_adjusted[1:], np.nan)[paid]
    late = (by_adjusted[paid] <= BOUND * close[paid]) & same(following, announced[rows][paid], LATE)
    noise = np.array([[sigma(move)] for move in moves])
    return Payouts(
        rows[paid], announced[rows[paid]], by_adjusted[paid], before[paid], moves[:, paid], noise, late
    )


def same(one: Floats, other: Floats, tolerance: float = SAME) -> npt.NDArray[np.bool_]:
    """Whether two payouts are equal but for a vendor's rounding; not where one is NaN."""
    return np.abs(one - other) <= tolerance * np.abs(other)
