"""A split that is announced the wrong way round: 0.25 for a split of 4:1."""

import numpy as np

from quant.faults import Fault, Series
from quant.faults._levels import SIDE
from quant.faults.splits import LEAST
from quant.market.returns import accepted, previous

TABLE = "actions"
KINDS = {"split_inverse": "The split is the wrong way round: old shares for a new one"}
WITHIN = 1 / 3
"""Share of the ratio's logarithm by which open and close may move besides: no other ratio is as near."""


def find(series: Series) -> list[Fault]:
    """Announced splits over which prices in today's shares step by the square of the ratio, and stay there.

    A split announced rightly leaves no step; one announced the wrong way round is counted into the price
    where it had to be counted out. The value is the ratio. Nothing is proposed: shares that are held count
    by it too.
    """
    close = accepted(series.close)
    before = previous(close)
    faults = []
    with np.errstate(all="ignore"):
        ratios = np.log(series.splits)
    for row in np.flatnonzero(np.isfinite(ratios) & (np.abs(ratios) >= LEAST)).tolist():
        ratio = float(ratios[row])
        after = [float(series.open[row]), *close[row : row + SIDE].tolist()]
        known = [price for price in after if price > 0]
        if not known or not before[row] > 0:
            continue
        left = np.log(np.array(known) / before[row]) - 2 * ratio
        if np.all(np.abs(left) <= WITHIN * abs(ratio)):
            faults.append(Fault(row, "split_inverse", "actions", float(series.splits[row])))
    return faults
