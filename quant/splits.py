"""Whether holdings count the splits of their symbol: a share count is worth nothing without its date."""

from datetime import date
from fractions import Fraction
from math import isclose

import numpy as np

from quant.panel import Days, Floats

RECENT = 20
"""Sessions for which a split is in doubt when the holdings have no date; an older one is taken as counted."""


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
    told = " and ".join(f"split of {ratio(float(splits[row]))} on {sessions[row]}" for row in rows)
    if as_of is None:
        return f"{told} may not be reflected in the holdings: set holdings_as_of once the holdings count it"
    return f"{told} not reflected in the holdings: restate them and set holdings_as_of"


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
