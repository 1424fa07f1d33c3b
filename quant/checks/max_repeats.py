"""How often in a row the same order was recommended and not done: fills or holdings do not come back."""

from quant.checks import Finding, Gate
from quant.checks._judge import at_most
from quant.policy import Limits

CHECK = "max_repeats"
REFERENCE = "ESMA RTS 6 Art. 15(3)"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding per trade: on how many runs in a row, this one included, its symbol and side came."""
    if limits.max_repeats is None:
        return []
    return [
        at_most(
            CHECK,
            trade.symbol,
            f"number of runs in a row with the order {trade.side} {trade.symbol} and no fill of it",
            float(_before(gate, trade.symbol, trade.side) + 1),
            float(limits.max_repeats),
            holds=frozenset({trade.symbol}),
            shown=".0f",
        )
        for trade in gate.trades
    ]


def _before(gate: Gate, symbol: str, side: str) -> int:
    same = gate.controls.repeated.get(symbol)
    return same.times if same is not None and same.side == side else 0
