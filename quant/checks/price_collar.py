"""How far each limit price lies from the close and from the previous session's adjusted close."""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._judge import TOLERANCE
from quant.checks._orders import of_orders
from quant.market.panel import Floats

CHECK = "price_collar"
REFERENCE = "SEC 15c3-5(c)(1)(ii); ESMA RTS 6 Art. 15(1)(a)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per trade: the larger of |limit ÷ close - 1| and |limit ÷ previous adjusted close - 1|.

    Without a previous close a limit that is already too far from the close still blocks; else it is unknown.
    """
    limit = context.inputs.limits.price_collar
    if limit is None:
        return []

    def what(symbol: str, _: str) -> str:
        return f"distance of the {symbol} limit price from the last two closes"

    sides = [_distance(context, prices, limit) for prices in (context.sell, context.buy)]
    return of_orders(CHECK, context, what, np.where(context.quantity < 0, *sides), limit)


def _distance(context: CheckContext, prices: Floats, limit: float) -> Floats:
    """How far limit prices are from the last two closes, shape (symbols,); NaN where that is not known."""
    previous = context.inputs.evidence.previous_adjusted
    with np.errstate(divide="ignore", invalid="ignore"):
        today = np.abs(prices / context.holdings.book.close - 1)
        before = np.abs(prices / previous - 1)
    unknown = np.where(today <= limit + TOLERANCE, np.nan, today)
    return np.where(np.isnan(previous), unknown, np.maximum(today, before))
