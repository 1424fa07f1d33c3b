"""Between prices as traded and prices in today's shares."""

import numpy as np

from quant.panel import Days, Floats


def later_splits(days: Days, ex_dates: Days, ratios: Floats) -> Floats:
    """The product of the splits whose ex-date lies after each day: today's shares for one share of that day.

    `days` has the shape (n,), `ex_dates` and `ratios` (new shares per old one) the shape (k,), in any order;
    returns (n,). A price or a dividend as traded is the adjusted one times this factor, a volume the adjusted
    one divided by it. On its ex-date a split is already in the price, so it doesn't count there.
    """
    order = np.argsort(ex_dates, kind="stable")
    later = np.append(np.cumprod(ratios[order][::-1])[::-1], 1.0)
    return later[np.searchsorted(ex_dates[order], days, side="right")]
