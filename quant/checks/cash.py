"""The cash that is left when every trade is executed at its limit price, against the buffer."""

from math import nan

from quant.checks import CheckContext, Finding
from quant.checks._judge import TOLERANCE
from quant.policy.policy import Limits
from quant.risk.exposure import cash_after
from quant.trading.sizing import before

CHECK = "cash"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:  # noqa: ARG001  the policy sets the buffer, every check has one signature
    """One finding for the portfolio: cash ÷ value; only buys make it worse.

    A run of before sized its buys on the proceeds of all sells, and dropped those under the minimum trade
    after that. What these can explain there, one minimum trade per symbol without a trade, warns only.
    """
    cash = cash_after(context.book, context.trades)
    value = context.book.value
    share = cash / value if value > 0 else nan
    rule = f"cash after the trades, at limit prices, is at least {context.cash_buffer:.2%} of value"
    buys = frozenset(trade.symbol for trade in context.trades if trade.side == "BUY")
    unpaid = context.min_trade if before(context.book) else 0.0
    dropped = unpaid * (len(context.book.symbols) - len(context.trades))
    if not value > 0:
        return [Finding(CHECK, "portfolio", nan, context.cash_buffer, "unknown", rule)]
    if share >= context.cash_buffer - TOLERANCE:
        return [Finding(CHECK, "portfolio", share, context.cash_buffer, "pass", rule)]
    if not buys or cash + dropped >= context.cash_buffer * value:
        return [Finding(CHECK, "portfolio", share, context.cash_buffer, "warn", rule)]
    because = f"{CHECK}: cash after the trades is {share:.2%}, below the buffer of {context.cash_buffer:.2%}"
    return [Finding(CHECK, "portfolio", share, context.cash_buffer, "block", rule, buys, because)]
