"""The data behind every held or targeted symbol: fresh on the session and not quarantined."""

from math import isnan

import numpy as np

from quant.checks import Finding, Gate
from quant.exposure import actual_weights
from quant.policy import Limits

CHECK = "data"
RULE = "an accepted bar on the session, and none quarantined"


def evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """One finding per symbol that is held or targeted; its value is the sessions since the last accepted bar.

    A symbol that never had a bar has value NaN and blocks. A block holds every trade of the portfolio, or
    only the symbol's own while its weight and target together stay under `data_tolerance`; the weight of a
    book without a value is NaN and never under it.
    """
    book = gate.book
    stakes = np.abs(actual_weights(book)) + book.target
    findings = []
    for i in np.flatnonzero((book.quantity != 0) | (book.target != 0)):
        symbol, stale = book.symbols[i], float(gate.stale[i])
        because = _complaint(symbol, stale, gate.quarantined.get(symbol))
        if because is None:
            findings.append(Finding(CHECK, symbol, stale, 0.0, "pass", RULE))
            continue
        small = stakes[i] < limits.data_tolerance
        holds = frozenset({symbol} if small else book.symbols)
        findings.append(Finding(CHECK, symbol, stale, 0.0, "block", f"{RULE}: {because}", holds, because))
    return findings


def _complaint(symbol: str, stale: float, quarantined: str | None) -> str | None:
    """What is wrong with a symbol's data, in one sentence; None when nothing is."""
    if quarantined is not None:
        return f"{symbol} was quarantined: {quarantined}"
    if isnan(stale):
        return f"{symbol} never had an accepted bar"
    if stale > 0:
        return (
            f"{symbol} has no accepted bar on the session: stale for {stale:.0f} session{'s' * (stale != 1)}"
        )
    return None
