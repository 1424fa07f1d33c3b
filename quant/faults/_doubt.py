"""Which of many series the rules need to look at: one pass over all rows, cheap beside the rules themselves.

A contract test holds it to the rules: every committed bad case is doubted.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quant.faults import adjusted_impossible, dividend_double
from quant.faults._payouts import BOUND, SAME
from quant.faults.restated import SMALLEST
from quant.market.panel import Floats

Mask = npt.NDArray[np.bool_]

STEP = 1.4
"""Price ÷ price: below the steps of a unit and the smallest common split. An announced split is looked at."""

OTHER = 30.0
"""Payout ÷ payout: below the hundredfold of a payout that differs somewhat from the one before."""

LARGE, TINY = 0.05, 0.0005
"""Shares of the price above and below which the size of a payout is weighed (`dividend_size`)."""


@dataclass(frozen=True)
class Histories:
    """Rows of many symbols, arrays (rows,): `symbol` ascending numbers, each symbol's rows oldest first.

    Prices as in `Series`, NaN where missing, and so is `accepted`, an accepted close of the session.
    `announced` are distributions, 0.0 without one; None when the vendor announces none. `split`: the symbol
    was ever split, or will be.
    """

    symbol: npt.NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    adj_close: Floats
    accepted: Floats
    announced: Floats | None
    split: Mask


def doubtful(rows: Histories) -> npt.NDArray[np.int64]:
    """The symbols in whose series a rule could find something wrong."""
    before = np.append(np.nan, rows.close[:-1])[: len(rows.close)]
    before[np.flatnonzero(np.diff(rows.symbol, prepend=-1))] = np.nan
    top = np.fmax(np.fmax(rows.open, rows.high), np.fmax(rows.low, rows.close))
    bottom = np.fmin(np.fmin(rows.open, rows.high), np.fmin(rows.low, rows.close))
    odd = rows.split | ~(rows.close > 0)  # a gap hides the step over it
    odd |= (top > STEP * before) | (before > STEP * bottom)  # false where one is NaN
    odd |= (rows.accepted > STEP * rows.close) | (rows.close > STEP * rows.accepted)
    odd |= top > STEP * bottom
    odd |= adjusted_impossible.impossible(rows.adj_close)
    odd |= _restated(rows)
    if rows.announced is not None:
        odd |= _payouts_odd(rows, rows.announced, before)
        odd |= _adjustment_odd(rows, rows.announced)
    return np.unique(rows.symbol[odd])


def _restated(rows: Histories) -> Mask:
    """The rows of symbols with two closes or more that are not what was accepted."""
    off = np.abs(rows.close - rows.accepted) > SMALLEST * rows.accepted  # false where one is NaN
    if not off.any():
        return off
    symbol, place = np.unique(rows.symbol, return_inverse=True)
    several: Mask = (np.bincount(place[off], minlength=len(symbol)) >= 2)[place]
    return several


def _payouts_odd(rows: Histories, announced: Floats, before: Floats) -> Mask:
    """Payouts that are large or tiny, and two within a few rows."""
    paid = np.flatnonzero(announced > 0)
    share = announced[paid] / before[paid]
    near = (np.diff(paid, prepend=-np.inf) <= dividend_double.WITHIN) & (
        np.diff(rows.symbol[paid], prepend=-1) == 0
    )
    odd = np.zeros(announced.shape, dtype=bool)
    with np.errstate(divide="ignore"):
        apart = np.abs(np.diff(np.log(announced[paid]), prepend=np.nan))
    odd[paid[near | (share > LARGE) | (share < TINY) | (apart > np.log(OTHER))]] = True
    return odd


def _adjustment_odd(rows: Histories, announced: Floats) -> Mask:
    """Where the adjusted close counts another payout than was announced, as in `dividend_adjusted`."""
    with np.errstate(all="ignore"):
        known = np.flatnonzero(np.isfinite(rows.adj_close / rows.close))
        close, symbol = rows.close[known], rows.symbol[known]
        ratio = rows.adj_close[known] / close
        before = np.append(np.nan, close[:-1])[: len(close)]
        counted = before * (1 - np.append(np.nan, ratio[:-1])[: len(ratio)] / ratio)
        counted[np.flatnonzero(np.diff(symbol, prepend=-1))] = np.nan
        bound = np.maximum(BOUND * np.minimum(before, close), SAME * announced[known])
        differs = np.abs(counted - announced[known]) > bound
    odd = np.zeros(announced.shape, dtype=bool)
    odd[known[differs]] = True
    return odd
