"""The Herfindahl index of the weights after the trades: the sum of their squares, cash not counted.

1 ÷ the index is how many equal positions are as concentrated (Hirschman, "The Paternity of an Index",
American Economic Review 54, 1964).
"""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._weights import of_weights
from quant.market.panel import Floats

CHECK = "max_herfindahl"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio; it holds the trades that, each alone, raise the index."""
    limit = context.inputs.limits.max_herfindahl
    if limit is None:
        return []
    what = "Herfindahl index of the weights after the trades"
    return [of_weights(CHECK, what, context, _herfindahl, np.square, limit, shown=".4f")]


def _herfindahl(weights: Floats) -> Floats:
    return np.asarray(np.square(weights).sum(axis=1))
