"""The weight of each symbol after the trades."""

from dataclasses import replace

from quant.checks import CheckContext, Finding, Status
from quant.checks._judge import TOLERANCE, at_most
from quant.policy.policy import Limits
from quant.trading.sizing import before

CHECK = "max_weight"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per symbol that is held after the trades or traded; only buying it makes it worse.

    A target above the limit is never reached: of such a symbol what passes warns.
    """
    if limits.max_weight is None:
        return []
    traded = {trade.symbol: trade.side for trade in context.trades}
    findings = []
    book, above = context.book, context.book.target > limits.max_weight + TOLERANCE
    for i, (symbol, weight, quantity) in enumerate(
        zip(book.symbols, context.weights_after, book.quantity, strict=True)
    ):
        if quantity == 0 and symbol not in traded:
            continue
        holds = frozenset({symbol}) if traded.get(symbol) == "BUY" else frozenset[str]()
        what = f"weight of {symbol} after the trades"
        found = at_most(CHECK, symbol, what, float(weight), limits.max_weight, holds=holds)
        contradicted = above[i] and not before(book)
        findings.append(_contradicted(found, float(book.target[i])) if contradicted else found)
    return findings


def _contradicted(found: Finding, target: float) -> Finding:
    """The finding of a symbol whose target lies above the limit."""
    said = f", and its target is {target:.2%}: raise the limit or lower the target"
    because = found.because and found.because + said
    status: Status = "warn" if found.status == "pass" else found.status
    return replace(found, status=status, rule=found.rule + said, because=because)
