"""How far each limit price lies from the close and from the previous session's adjusted close."""

from math import isnan, nan

from quant.checks import CheckContext, Finding
from quant.checks._judge import TOLERANCE, at_most
from quant.policy.policy import Limits

CHECK = "price_collar"
REFERENCE = "SEC 15c3-5(c)(1)(ii); ESMA RTS 6 Art. 15(1)(a)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per trade: the larger of |limit ÷ close - 1| and |limit ÷ previous adjusted close - 1|.

    Without a previous close a limit that is already too far from the close still blocks; else it is unknown.
    """
    if limits.price_collar is None:
        return []
    findings = []
    for trade in context.trades:
        previous = float(context.previous_adjusted[context.book.places[trade.symbol]])
        distance = abs(trade.limit_price / trade.close - 1)
        if not isnan(previous):
            distance = max(distance, abs(trade.limit_price / previous - 1))
        elif distance <= limits.price_collar + TOLERANCE:
            distance = nan
        what = f"distance of the {trade.symbol} limit price from the last two closes"
        holds = frozenset({trade.symbol})
        findings.append(at_most(CHECK, trade.symbol, what, distance, limits.price_collar, holds=holds))
    return findings
