"""How the benchmark has done."""

import numpy as np

from quant.market.panel import Days, Floats


def day_and_month(total: Floats, sessions: Days) -> tuple[float, float]:
    """Simple returns of one symbol on the last session and from the last session of the previous month.

    `total` (sessions,) is its total-return close, `sessions` their dates, ascending. NaN where one of the two
    closes is missing or lies before the first session.
    """
    first_of_month = sessions[-1:].astype("datetime64[M]").astype(sessions.dtype)
    month_end = int(np.searchsorted(sessions, first_of_month[0])) - 1
    return _return_since(total, len(total) - 2), _return_since(total, month_end)


def _return_since(total: Floats, row: int) -> float:
    return float(total[-1] / total[row] - 1) if row >= 0 else float("nan")
