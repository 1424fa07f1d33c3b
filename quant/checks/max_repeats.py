"""How often in a row the same order was recommended and not done: fills or holdings do not come back."""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._orders import of_orders
from quant.market.panel import Floats

CHECK = "max_repeats"
REFERENCE = "ESMA RTS 6 Art. 15(3)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per trade: on how many runs in a row, this one included, its symbol and side came."""
    limit = context.inputs.limits.max_repeats
    if limit is None:
        return []
    times = np.where(context.bought, _before(context, "BUY"), _before(context, "SELL")) + 1

    def what(symbol: str, side: str) -> str:
        return f"number of runs in a row with the order {side} {symbol} and no fill of it"

    return of_orders(CHECK, context, what, times, float(limit), shown=".0f")


def _before(context: CheckContext, side: str) -> Floats:
    """On how many runs before this one each symbol's order on a side came, shape (symbols,)."""
    repeated = context.inputs.controls.repeated
    found = np.zeros(len(context.holdings.book.symbols))
    for place, symbol in enumerate(context.holdings.book.symbols):
        if symbol in repeated and repeated[symbol].side == side:
            found[place] = repeated[symbol].times
    return found
