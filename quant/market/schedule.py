"""When the calendar alone asks for a rebalance."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np

from quant.market.panel import Days

MONTHS = {"monthly": 1, "quarterly": 3, "annually": 12}


def calendar_due(
    sessions: Sequence[date] | Days, calendar: Literal["none", "monthly", "quarterly", "annually"]
) -> bool:
    """Whether the last of `sessions` is the first one of its month, quarter or year.

    `sessions` are the exchange's consecutive sessions in order, shape (sessions,). Without an earlier one
    nobody can tell, and nothing is due.
    """
    if calendar == "none" or len(sessions) < 2:
        return False
    # Counted since January 1970: quarters and years align.
    months = np.array(sessions[-2:], dtype="datetime64[M]").astype(int)
    before, last = months // MONTHS[calendar]
    return bool(last > before)


def period_start(sessions: Days, period: Literal["daily", "monthly", "quarterly"]) -> int:
    """The row of the first of `sessions` in the last one's month or quarter; of "daily" the last row."""
    if period == "daily":
        return len(sessions) - 1
    periods = sessions.astype("datetime64[M]").astype(int) // MONTHS[period]
    return int(np.searchsorted(periods, periods[-1]))
