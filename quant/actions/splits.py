"""Whether holdings count the splits of their symbol, announced or not: an undated count is worth nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import isclose

import numpy as np
import numpy.typing as npt

from quant.faults.splits import AROUND, COMMON, LEAST, like_a_split
from quant.market.panel import Days, Floats
from quant.market.returns import previous

RECENT = 20
"""Sessions for which a split is in doubt when the holdings have no date; an older one is taken as counted."""

REMEDY = "count the shares, restate the holdings if they are others, and set holdings_as_of"


def unreconciled(sessions: Days, splits: Floats, as_of: date | None) -> str | None:
    """Why a holding counted on the evening of `as_of` is not in shares of the last session; None when it is.

    Shapes: (sessions,), oldest first. `splits` are new shares per old share, standing on their ex-dates:
    positive, 1.0 without one, never NaN. Without `as_of` nothing is known about when the holding was counted.
    """
    if as_of is None:
        uncounted = np.arange(len(sessions)) >= len(sessions) - RECENT
    else:
        uncounted = sessions > np.datetime64(as_of)
    rows = np.flatnonzero(uncounted & (splits != 1.0))
    if not len(rows):
        return None
    which = " and ".join(f"split of {ratio(float(splits[row]))} on {sessions[row]}" for row in rows)
    if as_of is None:
        return f"{which} may not be reflected in the holdings: set holdings_as_of once the holdings count it"
    return f"{which} not reflected in the holdings: restate them and set holdings_as_of"


def refused(sessions: Days, rejected: Mapping[date, str], as_of: date | None) -> str | None:
    """Why a holding may miss a split that was announced and `rejected` (the rule by its ex-date); else None.

    Shapes and `as_of` as in `unreconciled`. A wrong announced ratio does not say that nothing split.
    """
    if not len(sessions):
        return None
    first, last = sessions[-RECENT:][[0, -1]].tolist()
    uncounted = [day for day in sorted(rejected) if (day >= first if as_of is None else day > as_of)]
    which = " and ".join(f"on {day} was rejected ({rejected[day]})" for day in uncounted if day <= last)
    return f"a split told {which}: {REMEDY}" if which else None


@dataclass(frozen=True)
class Traded:
    """One symbol's accepted history, as traded; arrays (sessions,), oldest first.

    Prices are positive, NaN where missing. `splits` and `distributions` stand on their ex-dates, 1.0 and 0.0
    without one; `derived` says of which of these no vendor announced, but its adjusted closes count.
    """

    sessions: Days
    open: Floats
    close: Floats
    splits: Floats
    distributions: Floats
    derived: npt.NDArray[np.bool_]


def unannounced(traded: Traded, as_of: date | None) -> str | None:
    """Why a holding counted on the evening of `as_of` may not be in shares of the last session; else None.

    The price stepped by the ratio of a split, or the adjusted closes did, and nobody announced a split.
    That later closes confirm the level says nothing of how many shares there are. Without `as_of` every such
    step counts: an unexplained one does not become known by age. One over a gap may be of any of its days, so
    that shares which were counted within the gap are in doubt too.
    """
    days = traded.sessions
    if as_of is not None and days[-1] <= np.datetime64(as_of):
        return None
    steps = [one for one in _unannounced(traded) if as_of is None or days[one.last] > np.datetime64(as_of)]
    if not steps:
        return None
    which = " and ".join(one.words(days) for one in steps)
    return f"its price stepped as at a split {which}, which nobody told: {REMEDY}"


@dataclass(frozen=True)
class _Step:
    """A step by `size`, a logarithm, on one of the rows `first` to `last`."""

    size: float
    first: int
    last: int

    def words(self, days: Days) -> str:
        when = f"on {days[self.first]}"
        if self.first < self.last:
            when = f"between {days[self.first - 1]} and {days[self.last]}"
        return f"by {ratio(float(np.exp(-self.size)))} {when}"


def _unannounced(traded: Traded) -> list[_Step]:
    """Where the price looks like a split that nobody announced, in the order of rows."""
    later = np.append(np.cumprod(traded.splits[:0:-1])[::-1], 1.0)
    opens, closes, cash = traded.open / later, traded.close / later, traded.distributions / later
    before = previous(closes)
    with np.errstate(all="ignore"):
        counted = np.where(cash < before, np.log1p(-cash / before), 0.0)
        # A payout as large as a split, of which only the adjusted close knows, may be one.
        doubtful = traded.derived & (counted <= -LEAST)
        explained = np.where(doubtful, 0.0, counted)
        step, overnight = np.log(closes / before) - explained, np.log(opens / before) - explained
    known = np.flatnonzero(closes > 0)
    announced = np.flatnonzero(np.abs(np.log(traded.splits)) >= LEAST)
    found = {row: _Step(float(counted[row]), row, row) for row in np.flatnonzero(doubtful).tolist()}
    for place in np.flatnonzero(like_a_split(step[known], overnight[known])).tolist():
        first, last = int(known[place - 1]) + 1, int(known[place])
        if not (np.abs(announced - last) <= AROUND).any():
            size = float(np.sign(step[last]) * COMMON[np.argmin(np.abs(abs(step[last]) - COMMON))])
            # The bar of the day itself may have been rejected, for its size.
            found[first] = _Step(size, first, first if last - first == 1 else last)
    return [found[row] for row in sorted(found)]


def ratio(split: float) -> str:
    """New to old shares in whole numbers (4:1, 1:10, 3:2); a decimal number to 1 where none are small."""
    larger = max(split, 1 / split)
    whole = Fraction(larger).limit_denominator(100)
    # Vendors write 4:3 as 1.333333.
    if isclose(whole, larger, rel_tol=1e-6):
        many, few = str(whole.numerator), str(whole.denominator)
    else:
        many, few = f"{larger:.6g}", "1"
    return f"{many}:{few}" if split >= 1 else f"{few}:{many}"
