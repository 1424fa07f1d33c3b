"""What trades have earned: what was bought and sold, against the same holdings left alone."""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Floats


@dataclass(frozen=True)
class Earned:
    """In the portfolio's currency; NaN where a price is not known.

    `market` is what prices did to the trades since, before costs; `commission` and `tax` are what they cost
    (`tax` below 0: losses that save it). `net` is the first less the other two.
    """

    market: float
    commission: float
    tax: float

    @property
    def net(self) -> float:
        """What is left of it."""
        return self.market - self.commission - self.tax


def earned(quantity: Floats, worth: Floats, paid: Floats, commission: Floats, tax: Floats) -> Earned:
    """What trades have earned against holding on; shapes (trades,).

    `quantity` is below 0 for a sale. `worth` is what one of these shares has come to by now, with what it was
    paid since, and `paid` its price in the trade; both in the portfolio's currency. A trade that is left
    undone leaves its money in cash, which earns nothing: the sum over all of them is what the portfolio is
    worth less what it would be worth without any of them.
    """
    market = float(np.sum(quantity * (worth - paid)))
    return Earned(market, float(np.sum(commission)), float(np.sum(tax)))
