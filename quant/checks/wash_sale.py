"""Purchases so soon after a sale at a loss that the loss does not count: a wash sale."""

from quant.checks import CheckContext, Finding
from quant.policy.policy import Limits
from quant.trading.wash_sales import disallowed

CHECK = "wash_sale"
REFERENCE = "IRC 1091; IRS Publication 550"
RULE = "no purchase within the wash-sale window after a sale at a loss"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:  # noqa: ARG001  [tax] sets it, every check has one signature
    """One finding per purchase; its value is the loss that it would disallow, in the portfolio's currency."""
    past = context.controls.wash_sales
    if past is None:
        return []
    findings = []
    for trade in context.trades:
        if trade.side == "SELL":
            continue
        loss = disallowed(trade.symbol, trade.quantity, past.sold)
        if loss == 0:
            findings.append(Finding(CHECK, trade.symbol, 0.0, 0.0, "pass", RULE))
            continue
        day = min(sale.day for sale in past.sold if sale.symbol == trade.symbol)
        because = f"it would disallow {loss:,.2f} of the loss on the {trade.symbol} sold since {day}"
        if past.block:
            holds, words = frozenset({trade.symbol}), f"{CHECK}: {because}"
            findings.append(Finding(CHECK, trade.symbol, loss, 0.0, "block", RULE, holds, words))
        else:
            findings.append(Finding(CHECK, trade.symbol, loss, 0.0, "warn", f"{RULE}: {because}"))
    return findings
