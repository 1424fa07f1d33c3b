"""Where the vendor's own adjusted close and the distributions that it tells do not belong together."""

import numpy as np

from quant.faults import Fault, Series, dividend_double, dividend_size
from quant.faults._payouts import BOUND, SAME, implied, payouts, right_prices

TABLE = "adjusted"
KINDS = {
    "dividend_not_adjusted": "The vendor's adjusted close implies another amount than was delivered",
    "dividend_missing": "The vendor's adjusted close implies a distribution that was not delivered",
}


def find(series: Series) -> list[Fault]:
    """Announced payouts that are not in the adjusted close, and those that are only there.

    The value is the payout that the adjusted close counts. Payouts that are wrong themselves are left out.
    """
    if series.distributions is None or not np.isfinite(series.adj_close).any():
        return []
    right = right_prices(series)
    by_adjusted = implied(right)
    paid = payouts(right)
    wrong = {fault.row for rule in (dividend_size, dividend_double) for fault in rule.find(series)}
    differ = ~(
        np.abs(paid.implied - paid.announced) <= np.maximum(BOUND * paid.before, SAME * paid.announced)
    )
    differ &= np.isfinite(paid.implied) & ~paid.late
    found = [
        Fault(row, "dividend_not_adjusted", "adjusted", float(by_adjusted[row]))
        for row in paid.rows[differ].tolist()
        if row not in wrong
    ]
    only = (series.distributions == 0) & (by_adjusted > BOUND * right.close)
    late = set(paid.rows[paid.late].tolist())
    return found + [
        Fault(row, "dividend_missing", "adjusted", float(by_adjusted[row]))
        for row in np.flatnonzero(only).tolist()
        if row - 1 not in late
    ]
