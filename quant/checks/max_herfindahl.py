"""The Herfindahl index of the weights after the trades: the sum of their squares, cash not counted.

1 ÷ the index is how many equal positions are as concentrated (Hirschman, "The Paternity of an Index",
American Economic Review 54, 1964).
"""

import numpy as np

from quant.checks import CheckContext, Finding
from quant.checks._weights import of_weights
from quant.market.panel import Floats
from quant.policy.policy import Limits
from quant.risk.marginal import of_parts

CHECK = "max_herfindahl"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio; it holds the trades that, each alone, raise the index."""
    if limits.max_herfindahl is None:
        return []
    what = "Herfindahl index of the weights after the trades"
    estimator = of_parts(_herfindahl, lambda weights, _: np.square(weights))
    limit = limits.max_herfindahl
    return [
        of_weights(CHECK, what, context, context.weights_after, _herfindahl, estimator, limit, shown=".4f")
    ]


def _herfindahl(weights: Floats) -> float:
    return float(np.sum(np.square(weights)))
