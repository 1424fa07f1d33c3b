"""What becomes of an order on the next session: done at the open, at its limit, or not at all."""

import math

from quant.book.book import Side


def executed_at(side: Side, limit: float, *, opened: float, high: float, low: float) -> float | None:
    """The price at which a limit order of one session is done; None where its limit is not reached.

    All are in one unit and one kind of share; NaN where the session has no bar. An order whose limit the open
    already allows is done at the open. Else it is done at its limit where the day's range reaches it.
    """
    if any(math.isnan(price) for price in (opened, high, low)):
        return None
    if side == "BUY":
        return opened if opened <= limit else limit if low <= limit else None
    return opened if opened >= limit else limit if high >= limit else None
