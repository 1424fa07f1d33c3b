"""The portfolio's restricted list: no trade in either direction."""

import numpy as np

from quant.checks import ABSENT, BLOCK, PASS, CheckContext, Measured, Words

CHECK = "restricted"
REFERENCE = "SEC 15c3-5(c)(2)(ii)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per traded symbol; its value is the notional that would trade although restricted."""
    restricted, symbols = context.inputs.limits.restricted, context.holdings.book.symbols
    if not restricted:
        return []

    def words(_: int, column: int) -> Words:
        rule = "no trade in a symbol on the restricted list"
        return Words(rule, f"{CHECK}: {symbols[column]} is on the restricted list")

    listed = np.isin(symbols, restricted)
    value = np.where(listed, context.notional, 0.0)
    status = np.where(context.traded, np.where(listed, BLOCK, PASS), ABSENT)
    return [Measured(None, value, 0.0, status, words, by_trade=True)]
