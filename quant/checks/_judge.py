"""How a check turns numbers and their limit into statuses and words."""

from collections.abc import Callable

import numpy as np

from quant.book.holdings import Codes, Mask
from quant.checks import ABSENT, BLOCK, PASS, UNKNOWN, WARN, Measured, Words
from quant.market.panel import Floats

TOLERANCE = 1e-9  # a value that equals its limit up to this is within it
What = str | Callable[[int, int], str]
"""What a value is in words: of all rows and columns, or of one."""


def at_most(
    check: str,
    scope: str | None,
    what: What,
    value: Floats,
    limit: float,
    *,
    holds: Mask,
    shown: str = ".2%",
    present: Mask | None = None,
    by_trade: bool = False,
) -> Measured:
    """`value` against an upper limit: NaN is unknown; a breach blocks the trades that worsen it, or warns.

    Shapes as in `Measured`, (rows,) for one column. `holds` of a symbol's own scope: whether a breach holds
    it. `what` names the value and `shown` is its number format, as a person wants to read it. Nothing was
    looked at where it is not `present`.
    """
    value = value if value.ndim > 1 else value[:, None]
    breach = np.asarray(~(value <= limit + TOLERANCE))

    def words(row: int, column: int) -> Words:
        name = what if isinstance(what, str) else what(row, column)
        number = f"{float(value[row, column]):{shown}}"
        because = f"{check}: {name} is {number}, above the limit of {limit:{shown}}"
        return Words(f"{name} is at most {limit:{shown}}", because)

    return _judged(scope, value, limit, breach, words, holds, present, by_trade=by_trade)


def at_least(
    check: str, scope: str, what: str, value: Floats, limit: float, *, holds: Mask, shown: str = ".2%"
) -> Measured:
    """`value`, shape (rows,), against a lower limit; all as in `at_most`."""
    value = value[:, None]
    breach = np.asarray(~(value >= limit - TOLERANCE))

    def words(row: int, column: int) -> Words:
        number = f"{float(value[row, column]):{shown}}"
        because = f"{check}: {what} is {number}, below the limit of {limit:{shown}}"
        return Words(f"{what} is at least {limit:{shown}}", because)

    return _judged(scope, value, limit, breach, words, holds, None)


def _judged(
    scope: str | None,
    value: Floats,
    limit: float,
    breach: Mask,
    words: Callable[[int, int], Words],
    holds: Mask,
    present: Mask | None,
    *,
    by_trade: bool = False,
) -> Measured:
    status: Codes = np.full(value.shape, PASS)
    if breach.any():
        able = holds if scope is None else np.asarray(holds.any(axis=1))[:, None]
        status = np.where(breach, np.where(np.isnan(value), UNKNOWN, np.where(able, BLOCK, WARN)), PASS)
    if present is not None:
        status = np.where(present, status, ABSENT)
    return Measured(scope, value, limit, status, words, None if scope is None else holds, by_trade=by_trade)
