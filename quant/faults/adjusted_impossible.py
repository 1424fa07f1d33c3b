"""Adjusted closes that nobody can ever have had."""

import numpy as np
import numpy.typing as npt

from quant.faults import Fault, Series
from quant.market.panel import Floats

TABLE = "adjusted"
KINDS = {
    "adjusted_not_positive": "The vendor's adjusted close is 0 or less, or not finite: it was never possible",
}


def find(series: Series) -> list[Fault]:
    """Every row whose adjusted close is no price. The value is that close, as delivered.

    Distributions that are derived from adjusted closes are unknown there.
    """
    wrong = np.flatnonzero(impossible(series.adj_close)).tolist()
    return [
        Fault(row, "adjusted_not_positive", "adjusted", float(series.adj_close[row]), as_delivered=True)
        for row in wrong
    ]


def impossible(adjusted: Floats) -> npt.NDArray[np.bool_]:
    """Where an adjusted close is given and is no price; NaN is none that was given."""
    return np.asarray((adjusted <= 0) | np.isinf(adjusted))
