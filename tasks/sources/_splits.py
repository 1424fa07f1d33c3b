"""Between prices as traded and prices in today's shares."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quant.faults.splits import LEAST
from quant.market.panel import Days, Floats

Mask = npt.NDArray[np.bool_]


class Standing(NamedTuple):
    """Of announced splits, which ones the prices before them count, and which lie ahead of every price."""

    counted: Mask
    ahead: Mask


def standing(days: Days, opens: Floats, closes: Floats, ex_dates: Days, ratios: Floats) -> Standing:
    """What prices in today's shares say of each split: by the step over its ex-date, nearer to none or to it.

    `days`, `opens` and `closes` (NaN where missing) have the shape (n,), oldest first; `ex_dates` and
    `ratios` (new shares per old one) the shape (k,). A split without a price on both sides counts as
    announced, and so does one that a market's move could hide. From after the last price it is ahead: nothing
    here can tell.
    """
    priced = np.flatnonzero(closes > 0)
    place = np.searchsorted(days[priced], ex_dates)
    ahead = place == len(priced)
    counted = np.ones(len(ratios), dtype=bool)
    for split in np.flatnonzero(~ahead & (place > 0) & (np.abs(np.log(ratios)) >= LEAST)).tolist():
        before, after = priced[place[split] - 1], priced[place[split]]
        first = opens[after] if opens[after] > 0 else closes[after]
        step = np.log(closes[before] / first)
        counted[split] = abs(step) <= abs(step - np.log(ratios[split]))
    return Standing(counted, ahead)


def later_splits(days: Days, ex_dates: Days, ratios: Floats) -> Floats:
    """The product of the splits whose ex-date lies after each day: today's shares for one share of that day.

    `days` has the shape (n,), `ex_dates` and `ratios` (new shares per old one) the shape (k,), in any order;
    returns (n,). A price or a dividend as traded is the adjusted one times this factor, a volume the adjusted
    one divided by it. On its ex-date a split is already in the price, so it doesn't count there.
    """
    order = np.argsort(ex_dates, kind="stable")
    later = np.append(np.cumprod(ratios[order][::-1])[::-1], 1.0)
    return later[np.searchsorted(ex_dates[order], days, side="right")]
