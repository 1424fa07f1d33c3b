"""The weight of each symbol after the trades."""

from dataclasses import replace

import numpy as np

from quant.checks import PASS, WARN, CheckContext, Measured, Words
from quant.checks._judge import TOLERANCE, at_most
from quant.trading.sizing import before

CHECK = "max_weight"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per symbol that is held after the trades or traded; only buying it makes it worse.

    A target above the limit is never reached: of such a symbol what passes warns.
    """
    limit, book = context.inputs.limits.max_weight, context.holdings.book
    if limit is None:
        return []
    above = (book.target > limit + TOLERANCE) & (not before(book))

    def what(_: int, column: int) -> str:
        return f"weight of {book.symbols[column]} after the trades"

    def words(row: int, column: int) -> Words:
        plain = found.words(row, column)
        if not above[column]:
            return plain
        said = f", and its target is {book.target[column]:.2%}: raise the limit or lower the target"
        return Words(plain.rule + said, plain.because + said)

    weights, present = context.weights_after, context.held_or_traded
    found = at_most(CHECK, None, what, weights, limit, holds=context.bought, present=present)
    status = np.where(above & (found.status == PASS), WARN, found.status) if above.any() else found.status
    return [replace(found, status=status, words=words)]
