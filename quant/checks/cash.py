"""The cash that is left when every trade is executed at its limit price, against the buffer."""

from math import nan

from quant.checks import Finding, Gate
from quant.checks._judge import TOLERANCE
from quant.policy.policy import Limits
from quant.risk.exposure import cash_after
from quant.trading.sizing import before

CHECK = "cash"
REFERENCE = "house"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:  # noqa: ARG001  the policy sets the buffer, every check has one signature
    """One finding for the portfolio: cash ÷ value; only buys make it worse.

    A run of before sized its buys on the proceeds of all sells, and dropped those under the minimum trade
    after that. What these can explain there, one minimum trade per symbol without a trade, warns only.
    """
    cash = cash_after(gate.book, gate.trades)
    value = gate.book.value
    share = cash / value if value > 0 else nan
    rule = f"cash after the trades, at limit prices, is at least {gate.cash_buffer:.2%} of value"
    buys = frozenset(trade.symbol for trade in gate.trades if trade.side == "BUY")
    unpaid = gate.min_trade if before(gate.book) else 0.0
    dropped = unpaid * (len(gate.book.symbols) - len(gate.trades))
    if not value > 0:
        return [Finding(CHECK, "portfolio", nan, gate.cash_buffer, "unknown", rule)]
    if share >= gate.cash_buffer - TOLERANCE:
        return [Finding(CHECK, "portfolio", share, gate.cash_buffer, "pass", rule)]
    if not buys or cash + dropped >= gate.cash_buffer * value:
        return [Finding(CHECK, "portfolio", share, gate.cash_buffer, "warn", rule)]
    because = f"{CHECK}: cash after the trades is {share:.2%}, below the buffer of {gate.cash_buffer:.2%}"
    return [Finding(CHECK, "portfolio", share, gate.cash_buffer, "block", rule, buys, because)]
