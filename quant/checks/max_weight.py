"""The weight of each symbol after the trades."""

from quant.checks import Finding, Gate
from quant.checks._judge import at_most
from quant.policy import Limits

CHECK = "max_weight"
REFERENCE = "house"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding per symbol that is held after the trades or traded; only buying it makes it worse."""
    if limits.max_weight is None:
        return []
    traded = {trade.symbol: trade.side for trade in gate.trades}
    findings = []
    for symbol, weight, quantity in zip(
        gate.book.symbols, gate.weights_after, gate.book.quantity, strict=True
    ):
        if quantity == 0 and symbol not in traded:
            continue
        holds = frozenset({symbol}) if traded.get(symbol) == "BUY" else frozenset[str]()
        what = f"weight of {symbol} after the trades"
        findings.append(at_most(CHECK, symbol, what, float(weight), limits.max_weight, holds=holds))
    return findings
