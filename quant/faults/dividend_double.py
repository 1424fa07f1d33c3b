"""One distribution that is announced twice, or beside those that are paid regularly."""

import numpy as np
import numpy.typing as npt

from quant.faults import Fault, Series
from quant.faults._payouts import BOUND, Payouts, payouts, right_prices, same

TABLE = "actions"
KINDS = {
    "dividend_double": "A distribution much like one within a week of it: one of them was not paid",
    "dividend_phantom": "A distribution off the regular days that the vendor's adjusted close does not count",
}
WITHIN = 5
"""Rows between both. Funds that pay monthly pay twice in December, 11 rows apart at the nearest."""

LIKE = 1.25
"""Both are the same payout in different words (currency, tax) when they differ by less than this factor."""

LEAST = 0.01
"""Share of the price below which they must be equal: two small ones in a week happen, of different sizes."""

DECIDED = 2.0
"""Evidence (log likelihood ratio) by which the price tells whether, or on which of two days, was paid."""

BOTH = 1.0
"""Evidence of each of two payouts by which both were paid, where the adjusted close counts both."""

OFF = 0.45
"""Share of the usual distance: nearer to a regular payout than this stands no other regular one."""

USUAL = 4
"""Payouts, all of them counted, that tell on which days is paid."""


def find(series: Series) -> list[Fault]:
    """Of two like payouts the one that was not paid, and a payout that only its teller knows of.

    The price decides where it can, else the adjusted close where it counts one of both; what is left open is
    laid to the second, so that the sum is right. Nothing is proposed.
    """
    paid = payouts(right_prices(series))
    with np.errstate(invalid="ignore"):
        fell = paid.support(paid.announced) - paid.support(np.zeros(paid.announced.shape))
    double = _double(paid, fell)
    kinds = dict.fromkeys(np.flatnonzero(_phantom(paid, fell) & ~double).tolist(), "dividend_phantom")
    kinds |= dict.fromkeys(np.flatnonzero(double).tolist(), "dividend_double")
    return [
        Fault(int(paid.rows[place]), kind, "actions", float(paid.announced[place]))
        for place, kind in sorted(kinds.items())
    ]


def _double(paid: Payouts, fell: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """The wrong one of each two that are alike; none where the price fell by both."""
    share = paid.announced / paid.before
    like = np.abs(np.diff(np.log(share))) < np.log(LIKE)
    alike = np.where(share[1:] > LEAST, like, same(paid.announced[1:], paid.announced[:-1]))
    wrong = np.zeros(paid.rows.shape, dtype=bool)
    for second in (np.flatnonzero((np.diff(paid.rows) <= WITHIN) & alike) + 1).tolist():
        first = second - 1
        both = paid.counted[first] and paid.counted[second]
        if wrong[first] or min(fell[first], fell[second]) > (BOTH if both else DECIDED):
            continue
        by_price = fell[second] - fell[first]
        by_vendor = int(paid.counted[second]) - int(paid.counted[first])
        earlier = by_price > 0 if abs(by_price) > DECIDED else by_vendor > 0
        wrong[first if earlier else second] = True
    return wrong


def _phantom(paid: Payouts, fell: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """What stands between regular payouts that are counted, and neither price nor adjusted close knows."""
    found = np.zeros(paid.rows.shape, dtype=bool)
    counted = paid.counted
    usual = paid.rows[counted]
    if len(usual) < USUAL:
        return found
    gap = float(np.median(np.diff(usual)))
    uncounted = ~counted & (np.abs(paid.implied) <= BOUND * paid.before)
    for place in np.flatnonzero(uncounted & (fell < DECIDED)).tolist():
        nearest = np.abs(usual - paid.rows[place]).min()
        around = counted[max(place - 2, 0) : place + 3]
        found[place] = nearest < OFF * gap and np.count_nonzero(~around) == 1
    return found
