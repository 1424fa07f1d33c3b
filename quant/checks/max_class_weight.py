"""The weight of each asset class after the trades."""

import numpy as np

from quant.checks import Finding, Gate
from quant.checks._judge import at_most
from quant.policy import Limits

CHECK = "max_class_weight"
REFERENCE = "house"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding per class that is held after the trades or traded; only buying in it makes it worse."""
    if limits.max_class_weight is None:
        return []
    book = gate.book
    classes = dict(zip(book.symbols, book.asset_classes, strict=True))
    concerned = {classes[trade.symbol] for trade in gate.trades}
    concerned |= {classes[book.symbols[i]] for i in np.flatnonzero(book.quantity)}
    findings = []
    for name in dict.fromkeys(book.asset_classes):
        if name not in concerned:
            continue
        members = np.array([one == name for one in book.asset_classes])
        buys = [trade.symbol for trade in gate.trades if trade.side == "BUY"]
        holds = frozenset(symbol for symbol in buys if classes[symbol] == name)
        weight = float(np.sum(gate.weights_after[members]))
        what = f"weight of the class {name} after the trades"
        findings.append(at_most(CHECK, f"class {name}", what, weight, limits.max_class_weight, holds=holds))
    return findings
