"""Each order as a share of the symbol's 20-session average daily volume."""

from math import nan

from quant.book.book import Trade
from quant.checks import CheckContext, Finding
from quant.checks._orders import of_orders
from quant.policy.policy import Limits

CHECK = "max_adv"
REFERENCE = "SEC 15c3-5(c)(1)(ii)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per trade.

    Unknown without 20 volumes, and with an average of 0: vendors write 0 for a volume that they do not have.
    """

    def measure(trade: Trade) -> tuple[str, float]:
        volume = float(context.average_volume[context.book.places[trade.symbol]])
        share = trade.quantity / volume if volume > 0 else nan
        return f"the {trade.symbol} order's share of its average daily volume", share

    return of_orders(CHECK, context, measure, limits.max_adv)
