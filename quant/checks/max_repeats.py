"""How often in a row the same order was recommended and not done: fills or holdings do not come back."""

from quant.book.book import Trade
from quant.checks import Finding, Gate
from quant.checks._orders import of_orders
from quant.policy.policy import Limits

CHECK = "max_repeats"
REFERENCE = "ESMA RTS 6 Art. 15(3)"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding per trade: on how many runs in a row, this one included, its symbol and side came."""

    def measure(trade: Trade) -> tuple[str, float]:
        what = f"number of runs in a row with the order {trade.side} {trade.symbol} and no fill of it"
        return what, float(_before(gate, trade.symbol, trade.side) + 1)

    limit = None if limits.max_repeats is None else float(limits.max_repeats)
    return of_orders(CHECK, gate, measure, limit, shown=".0f")


def _before(gate: Gate, symbol: str, side: str) -> int:
    same = gate.controls.repeated.get(symbol)
    return same.times if same is not None and same.side == side else 0
