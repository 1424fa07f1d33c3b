"""Where a price leaves its level by an exact factor, and comes back or stays: what units and splits share."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from quant.faults import PRICES, Series
from quant.market.panel import Floats

CONFIRMED = 5
"""Rows at a new level after which it is believed, where no accepted close contradicts it."""

SETTLED = 60
"""Rows after which a new level is believed, without a repair, though more rows lie at another."""

FEW = 0.1
"""Share of the rows of the commonest level under which those of the newest do not put it into doubt."""

SIDE = 3
"""Rows at each level that confirm a switch for good, which has no second step to confirm it."""

QUIET = 0.01
"""The least daily standard deviation: a price that hardly trades proves nothing by standing still."""

FLOOR, SIGMAS = 0.25, 8.0
"""A step that is left after a repair is a market's move up to the larger of both, as in the data check."""


CALM = 0.12
"""The step, as a logarithm, below which no rule doubts a price: two thirds of the smallest split's."""

REMEMBERED = 4
"""Series whose parts are kept: the one that the rules look at, and those that they have put right."""


@dataclass(frozen=True)
class Departure:
    """Rows begin..end (exclusive) to be multiplied by `factor`; `lasting` when the series begins there.

    `undecided`: nothing tells whether these rows are right or those at another level.
    """

    begin: int
    end: int
    factor: float
    certain: bool
    lasting: bool
    undecided: bool = False


@lru_cache(maxsize=REMEMBERED)
def typical(series: Series) -> Floats:
    """The logarithm of each row's median price, NaN without a close: no single wrong price moves it far."""
    bars = np.stack([getattr(series, name) for name in PRICES])
    logs = np.log(np.where(np.isnan(bars), series.close, bars))
    middle: Floats = (logs.sum(axis=0) - logs.max(axis=0) - logs.min(axis=0)) / 2
    return middle


@lru_cache(maxsize=REMEMBERED)
def calm(series: Series) -> bool:
    """Whether no price lies far from the close before or from the accepted one: none is off its level."""
    known = np.flatnonzero(series.close > 0)
    with np.errstate(all="ignore"):
        logs = np.log(np.stack([getattr(series, name)[known] for name in PRICES]))
        moves = np.abs(logs[:, 1:] - logs[3, :-1])
        spread = np.abs(logs - logs[3])
        apart = abs(np.log(series.close[series.anchor[0]] / series.anchor[1])) if series.anchor else 0.0
    # A price that is NaN or not positive is off no level: fmax passes over it.
    largest = max(
        np.fmax.reduce(moves, axis=None, initial=0.0), np.fmax.reduce(spread, axis=None, initial=0.0)
    )
    return bool(largest < CALM and not apart >= CALM)


@lru_cache(maxsize=REMEMBERED)
def steps(series: Series) -> tuple[npt.NDArray[np.intp], Floats]:
    """The rows with a price, and the logarithm of price ÷ the one before, 0 for the first.

    A fall that the vendor's own adjusted close explains as a distribution is no step, nor is one by a large
    distribution that the vendor tells: on the day of a consolidation it may be more than half the price.
    """
    level = typical(series)
    rows = np.flatnonzero(np.isfinite(level))
    step = np.diff(level[rows], prepend=level[rows[:1]])
    with np.errstate(all="ignore"):
        paid = np.diff(np.log(series.adj_close / series.close)[rows], prepend=np.nan)
    paid = np.where((paid > 0) & (paid < np.log(2)), paid, 0.0)
    return rows, step + np.where(paid > 0, paid, _large_payouts(series, rows, step))


def _large_payouts(series: Series, rows: npt.NDArray[np.intp], step: Floats) -> Floats:
    """Each large announced distribution that the price did fall by, as a positive logarithm; else 0."""
    if series.distributions is None:
        return np.zeros(len(rows))
    before = np.append(np.nan, series.close[rows])[: len(rows)]
    with np.errstate(all="ignore"):
        fall = -np.log1p(-series.distributions[rows] / before)
        explains = (fall > CALM) & (np.abs(step + fall) < CALM)
    return np.where(explains, fall, 0.0)


def sigma(step: Floats) -> float:
    """The standard deviation of steps, from the median of their sizes: a few wild ones don't widen it.

    The first step, and one that is NaN, is none.
    """
    moved = np.abs(step[1:])
    moved = moved[~np.isnan(moved)]
    return max(float(np.median(moved)) / 0.6745, QUIET) if moved.size else QUIET


@dataclass(frozen=True)
class _Truth:
    """The level that counts as the true one, whether repairs may trust it, and whether it is only a guess."""

    level: float
    certain: bool = True
    undecided: bool = False


def departures(
    series: Series, sizes: Floats, near: npt.NDArray[np.bool_] | None = None, *, newest_decides: bool = True
) -> list[Departure]:
    """Stretches of rows that lie off the true level by a sum of `sizes` (logarithms, positive).

    A step is by one of the sizes when it is within a third of it (at most a factor e). With `near`, only
    steps into these rows count. The true level is the anchor's; else the newest, once it has CONFIRMED
    rows; else that of most rows. Where `newest_decides` is false (no announced action says which is the new
    one) the newest must have most rows, or SETTLED, when nothing is certain; between few and that all rows
    are undecided. A stretch is certain when it has the true level on both sides, or, at the beginning, is one
    lasting switch with SIDE rows on each side; what is left of each bounding step must be within the move
    bound.
    """
    rows, step = steps(series)
    if rows.size < 2 or not sizes.size or calm(series):
        return []
    noise = sigma(step)
    index = np.argmin(np.abs(np.abs(step)[:, None] - sizes), axis=1)
    size = sizes[index]
    hit = (np.abs(np.abs(step) - size) <= np.minimum(size / 3, 1.0)) & (size > 4 * noise)
    if near is not None:
        hit &= near[rows]
    anchored = series.anchor is not None
    if not hit.any() and not anchored:
        return []
    jump = np.where(hit, np.sign(step) * size, 0.0)
    level = np.round(np.cumsum(jump), 9)
    truth = _true_level(series, rows, level, sizes, newest_decides=newest_decides)
    smooth = np.abs(step - jump) <= max(FLOOR, SIGMAS * noise)
    return list(_stretches(rows, truth.level - level, smooth, truth))


def corrected(series: Series, found: list[Departure]) -> Series:
    """The series with the prices of the stretches multiplied by their factors."""
    factor = np.ones(len(series.close))
    for one in found:
        factor[one.begin : one.end] *= one.factor
    fields = {name: getattr(series, name) * factor for name in (*PRICES, "adj_close")}
    return replace(series, **fields) if found else series


def _true_level(
    series: Series, rows: npt.NDArray[np.intp], level: Floats, sizes: Floats, *, newest_decides: bool
) -> _Truth:
    if series.anchor is not None:
        row, close = series.anchor
        if series.close[row] > 0:
            apart = float(np.log(series.close[row] / close))
            nearest = sizes[np.argmin(np.abs(sizes - abs(apart)))]
            wrong = np.sign(apart) * nearest if abs(abs(apart) - nearest) <= min(nearest / 3, 1.0) else 0.0
            return _Truth(float(level[np.searchsorted(rows, row)] - wrong))
    values, counts = np.unique(level, return_counts=True)
    newest = int(counts[np.searchsorted(values, level[-1])])
    commonest, others = float(values[np.argmax(counts)]), int(counts.max())
    if newest_decides or len(values) == 1:
        return _Truth(float(level[-1]) if newest >= CONFIRMED else commonest)
    if level[-1] == commonest and np.count_nonzero(counts == others) == 1:
        return _Truth(commonest)
    if newest >= SETTLED:
        return _Truth(float(level[-1]), certain=False)
    if newest < max(CONFIRMED, FEW * others):
        return _Truth(commonest)
    return _Truth(float(level[-1]), certain=False, undecided=True)


def _stretches(
    rows: npt.NDArray[np.intp], off: Floats, smooth: npt.NDArray[np.bool_], truth: _Truth
) -> Iterator[Departure]:
    """Runs of equal distance from the true level, where that is not 0 or not decided.

    Rows without a price end no run.
    """
    edges = np.flatnonzero(np.diff(off, prepend=np.nan, append=np.nan))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if abs(off[begin]) < 1e-6 and not truth.undecided:
            continue
        first, last = begin == 0, end == len(rows)
        between = not first and not last and off[begin - 1] == 0 == off[end] and smooth[begin] and smooth[end]
        switch = (
            first and not last and end >= SIDE and len(rows) - end >= SIDE
            and not off[end : end + SIDE].any() and smooth[end]
        )  # fmt: skip
        factor = float(np.exp(off[begin]))
        certain = truth.certain and bool(between or switch)
        yield Departure(
            int(rows[begin]), int(rows[end - 1]) + 1, factor, certain, first and not last, truth.undecided
        )
