"""Returns of the day, the month and the year up to a session."""

import numpy as np

from quant.market.panel import Days, Floats


def day_month_and_year(total: Floats, sessions: Days) -> tuple[float, float, float]:
    """Simple returns of one symbol on the last session, and since the last of the month and year before.

    `total` (sessions,) is its total-return close, `sessions` their dates, ascending. NaN where one of the two
    closes is missing or lies before the first session.
    """
    month, year = before(sessions)
    return _return_since(total, len(total) - 2), _return_since(total, month), _return_since(total, year)


def before(sessions: Days) -> tuple[int, int]:
    """Where the last sessions of the previous month and year stand; -1: before the first."""
    month, year = (sessions[-1:].astype(f"datetime64[{unit}]").astype(sessions.dtype)[0] for unit in "MY")
    return int(np.searchsorted(sessions, month)) - 1, int(np.searchsorted(sessions, year)) - 1


def _return_since(total: Floats, row: int) -> float:
    return float(total[-1] / total[row] - 1) if row >= 0 else float("nan")
