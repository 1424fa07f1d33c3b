"""The data behind what is held, targeted or traded: a fresh, undisputed bar, a rate, every split counted."""

from collections.abc import Iterable
from math import isnan

import numpy as np

from quant.book.holdings import Mask
from quant.checks import ABSENT, BLOCK, PASS, WARN, CheckContext, Measured, Words
from quant.market.panel import Floats

CHECK = "data"
REFERENCE = "house"
RULE = "an accepted bar on the session, none quarantined, and every split counted in the holdings"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per symbol held, targeted or traded; its value is the sessions since the last accepted bar.

    A symbol that never had a bar has value NaN and blocks. A block holds every trade of the portfolio, or
    only the symbol's own while it is small: its weight and target together are under `data_tolerance`
    (those of all symbols that miss the same rate count as one). A small one that does not trade is a
    warning. Without a known weight nothing is small: not in a book without a value, and not where the
    quantity misses a split.
    """
    inputs, stale = context.inputs, context.inputs.evidence.stale
    symbols = context.holdings.book.symbols
    looked_at = context.holdings.concerned | context.traded
    uncounted = _named(context, inputs.unreconciled) & (context.holdings.quantity != 0)
    doubtful = {*inputs.quarantined, *(name for name, why in inputs.disputed.items() if why), *inputs.unrated}
    bad = looked_at & (_named(context, doubtful) | ~(stale <= 0) | uncounted)

    def words(row: int, column: int) -> Words:
        if not bad[row, column]:
            return Words(RULE)
        because = _complaint(context, symbols[column], float(stale[column]), uncounted=uncounted[row, column])
        return Words(f"{RULE}: {because}", because)

    value, status = np.broadcast_to(stale, bad.shape), np.where(looked_at, PASS, ABSENT)
    if not bad.any():
        return [Measured(None, value, 0.0, status, words)]
    small = (_stakes(context) < inputs.limits.data_tolerance) & ~uncounted
    status = np.where(bad, np.where(small & ~context.traded, WARN, BLOCK), status)
    return [Measured(None, value, 0.0, status, words, holds=~small & (status == BLOCK))]


def _named(context: CheckContext, names: Iterable[str]) -> Mask:
    """The symbols among `names`, shape (symbols,)."""
    return np.isin(context.holdings.book.symbols, [*names])


def _stakes(context: CheckContext) -> Floats:
    """How much hangs on each symbol's data, as a share of value; NaN in a row without a value."""
    holdings, unrated = context.holdings, context.inputs.unrated
    stakes = np.where(holdings.concerned, np.abs(holdings.weights) + holdings.book.target, 0.0)
    for cause in set(unrated.values()):
        same = _named(context, (symbol for symbol, why in unrated.items() if why == cause))
        together = np.array([sum(row) for row in stakes[:, same].tolist()])
        stakes = np.where(same, together[:, None], stakes)
    return stakes


def _complaint(context: CheckContext, symbol: str, stale: float, *, uncounted: bool) -> str:
    """What is wrong with a symbol's data, in one sentence.

    A split comes first: it needs a person, while a bar that is missing today may come by itself.
    """
    inputs = context.inputs
    if uncounted:
        return f"{symbol}: {inputs.unreconciled[symbol]}"
    if symbol in inputs.quarantined:
        return f"{symbol} was quarantined: {inputs.quarantined[symbol]}"
    doubt = inputs.disputed.get(symbol) or inputs.unrated.get(symbol)
    if doubt:
        return f"{symbol}: {doubt}"
    if isnan(stale):
        return f"{symbol} never had an accepted bar"
    return f"{symbol} has no accepted bar on the session: stale for {stale:.0f} session{'s' * (stale != 1)}"
