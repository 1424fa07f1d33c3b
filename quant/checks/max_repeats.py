"""How often in a row the same order was recommended and not done: fills or holdings do not come back."""

from quant.book.book import Trade
from quant.checks import CheckContext, Finding
from quant.checks._orders import of_orders
from quant.policy.policy import Limits

CHECK = "max_repeats"
REFERENCE = "ESMA RTS 6 Art. 15(3)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per trade: on how many runs in a row, this one included, its symbol and side came."""

    def measure(trade: Trade) -> tuple[str, float]:
        what = f"number of runs in a row with the order {trade.side} {trade.symbol} and no fill of it"
        return what, float(_before(context, trade.symbol, trade.side) + 1)

    limit = None if limits.max_repeats is None else float(limits.max_repeats)
    return of_orders(CHECK, context, measure, limit, shown=".0f")


def _before(context: CheckContext, symbol: str, side: str) -> int:
    same = context.controls.repeated.get(symbol)
    return same.times if same is not None and same.side == side else 0
