"""One distribution that is told twice."""

import numpy as np

from quant.faults import Fault, Series
from quant.faults._payouts import payouts, right_prices

TABLE = "actions"
KINDS = {"dividend_double": "A distribution much like the one just before it: one of them was not paid"}
WITHIN = 5
"""Rows between both. Funds that pay monthly pay twice in December, 11 rows apart at the nearest."""

LIKE = 1.25
"""Both are the same payout in different words (currency, tax) when they differ by less than this factor."""

LEAST = 0.01
"""Share of the price: two small payouts in a week happen (a dividend and a gain) and forge little."""


def find(series: Series) -> list[Fault]:
    """The second of two like payouts. Which of them is right the prices cannot tell: nothing is proposed."""
    paid = payouts(right_prices(series))
    share = paid.told / paid.before
    near = np.diff(paid.rows) <= WITHIN
    alike = np.abs(np.diff(np.log(share))) < np.log(LIKE)
    second = np.flatnonzero(near & alike & (share[1:] > LEAST)) + 1
    return [
        Fault(int(paid.rows[place]), "dividend_double", "actions", float(paid.told[place]))
        for place in second
    ]
