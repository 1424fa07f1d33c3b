"""The weight of each asset class after the trades."""

import numpy as np

from quant.checks import CheckContext, Finding
from quant.checks._judge import at_most
from quant.policy.policy import Limits

CHECK = "max_class_weight"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per class that is held after the trades or traded; only buying in it makes it worse."""
    if limits.max_class_weight is None:
        return []
    book = context.book
    bought = {trade.symbol for trade in context.trades if trade.side == "BUY"}
    traded = {trade.symbol for trade in context.trades}
    findings = []
    for name, members in book.members.items():
        symbols = {book.symbols[i] for i in members}
        if not book.quantity[members].any() and not symbols & traded:
            continue
        weight = float(np.sum(context.weights_after[members]))
        what = f"weight of the class {name} after the trades"
        holds = frozenset(symbols & bought)
        findings.append(at_most(CHECK, f"class {name}", what, weight, limits.max_class_weight, holds=holds))
    return findings
