"""The data behind what is held, targeted or traded: a fresh, undisputed bar, a rate, every split counted."""

from math import isnan

import numpy as np

from quant.book.drift import actual_weights
from quant.checks import CheckContext, Finding
from quant.policy.policy import Limits

CHECK = "data"
REFERENCE = "house"
RULE = "an accepted bar on the session, none quarantined, and every split counted in the holdings"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per symbol held, targeted or traded; its value is the sessions since the last accepted bar.

    A symbol that never had a bar has value NaN and blocks. A block holds every trade of the portfolio, or
    only the symbol's own while it is small: its weight and target together are under `data_tolerance`
    (those of all symbols that miss the same rate count as one). A small one that does not trade is a
    warning. Without a known weight nothing is small: not in a book without a value, and not where the
    quantity misses a split.
    """
    book = context.book
    stakes = _stakes(context)
    traded, everything = {trade.symbol for trade in context.trades}, frozenset(book.symbols)
    findings = []
    for i in np.flatnonzero((book.quantity != 0) | (book.target != 0) | np.isin(book.symbols, [*traded])):
        symbol, stale = book.symbols[i], float(context.stale[i])
        because = _complaint(context, symbol, stale)
        if because is None:
            findings.append(Finding(CHECK, symbol, stale, 0.0, "pass", RULE))
            continue
        small = stakes[i] < limits.data_tolerance and symbol not in context.unreconciled
        rule = f"{RULE}: {because}"
        if small and symbol not in traded:
            findings.append(Finding(CHECK, symbol, stale, 0.0, "warn", rule))
            continue
        holds = frozenset({symbol}) if small else everything
        findings.append(Finding(CHECK, symbol, stale, 0.0, "block", rule, holds, because))
    return findings


def _stakes(context: CheckContext) -> list[float]:
    """How much hangs on each symbol's data, as a share of value; NaN in a book without a value."""
    stakes = (np.abs(actual_weights(context.book)) + context.book.target).tolist()
    missing = [context.unrated.get(symbol) for symbol in context.book.symbols]
    together = {
        cause: sum(stake for stake, other in zip(stakes, missing, strict=True) if other == cause)
        for cause in set(missing)
    }
    return [together[cause] if cause else stake for stake, cause in zip(stakes, missing, strict=True)]


def _complaint(context: CheckContext, symbol: str, stale: float) -> str | None:
    """What is wrong with a symbol's data, in one sentence; None when nothing is.

    A split comes first: it needs a person, while a bar that is missing today may come by itself.
    """
    if symbol in context.unreconciled:
        return f"{symbol}: {context.unreconciled[symbol]}"
    if symbol in context.quarantined:
        return f"{symbol} was quarantined: {context.quarantined[symbol]}"
    doubt = context.disputed.get(symbol) or context.unrated.get(symbol)
    if doubt:
        return f"{symbol}: {doubt}"
    if isnan(stale):
        return f"{symbol} never had an accepted bar"
    if stale > 0:
        return (
            f"{symbol} has no accepted bar on the session: stale for {stale:.0f} session{'s' * (stale != 1)}"
        )
    return None
