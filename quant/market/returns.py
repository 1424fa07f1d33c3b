"""Returns between accepted closes, and the RiskMetrics variance of them.

Arrays have the shape (sessions, symbols) or (sessions,). A close that is NaN or not positive is missing: it
has no return, and the next accepted close is compared with the last accepted one before the gap.
"""

import math

import numpy as np

from quant.market.panel import Days, Floats

DECAY = 0.94
"""The daily decay factor λ of RiskMetrics - Technical Document, 4th edition (1996), section 5.3."""
ANNUALISATION = math.sqrt(252)
"""Daily to annual volatility, at 252 sessions a year."""


def accepted(closes: Floats) -> Floats:
    """The closes, NaN where they are missing or not positive."""
    return np.where(closes > 0, closes, np.nan)


def fill_forward(values: Floats) -> Floats:
    """Each NaN replaced by the last value above it; NaN where there is none."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    rows = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
    newest = np.maximum.accumulate(np.where(missing, 0, rows), axis=0)
    filled: Floats = np.take_along_axis(values, newest, axis=0)
    return filled


def previous(values: Floats) -> Floats:
    """The last value strictly before each row; NaN where there is none."""
    before = np.full(values.shape, np.nan)
    before[1:] = fill_forward(values)[:-1]
    return before


def log_returns(closes: Floats) -> Floats:
    """ln(close ÷ last accepted close before it); NaN on a missing close and on a symbol's first one."""
    logs = np.log(accepted(closes))
    return logs - previous(logs)


def simple_returns(closes: Floats) -> Floats:
    """Simple returns of a holder who values at the last accepted close.

    0 on a missing close (the next return then spans the gap); NaN up to and including a symbol's first close.
    """
    filled = fill_forward(accepted(closes))
    return filled / previous(filled) - 1


def as_of(values: Floats, own: Days, days: Days) -> Floats:
    """On each of `days` the row of `values` that stands on the last of its `own` days up to it.

    Both ascending; shape (days, symbols). So an exchange that rests keeps its last close, while a close that
    is missing (NaN) on a day on which it traded stays missing. NaN before the first of its own days.
    """
    rows = np.searchsorted(own, days, side="right") - 1
    return np.where((rows >= 0)[:, np.newaxis], values[rows], np.nan)


def converted_returns(totals: Floats, rates: Floats, *, filled: bool = False) -> Floats:
    """Simple returns of `totals` × `rates`, the last accepted of each: a move of either is a return.

    Shapes (sessions, symbols) in, one row less out. NaN where one of the two is missing (with `filled` 0, or
    the move of the other), and up to and including the first session on which both are known.
    """
    worth = fill_forward(accepted(totals)) * fill_forward(accepted(rates))
    returns = simple_returns(worth)[1:]
    return returns if filled else np.where(np.isnan(accepted(totals) * accepted(rates))[1:], np.nan, returns)


def last_known(values: Floats, count: int) -> Floats:
    """The last `count` values of each column that are not NaN, oldest first, shape (count, symbols).

    A column with fewer keeps NaN in its first rows.
    """
    if len(values) < count:
        values = np.concatenate([np.full((count - len(values), values.shape[1]), np.nan), values])
    if not np.isnan(values[-count:]).any():
        return values[-count:]
    missing_first = np.argsort(~np.isnan(values), axis=0, kind="stable")
    last: Floats = np.take_along_axis(values, missing_first[-count:], axis=0)
    return last


def update_variance(variance: Floats, square: Floats, decay: float = DECAY) -> Floats:
    """One session of the EWMA variance, shape (symbols,): decay * variance + (1 - decay) * square.

    `square` is the squared return. The first one is the seed; NaN (no return) leaves the variance as it is.
    """
    blended = decay * variance + (1 - decay) * square
    seeded = np.where(np.isnan(variance), square, blended)
    return np.where(np.isnan(square), variance, seeded)


def ewma_volatility(returns: Floats, decay: float = DECAY, minimum: int = 20) -> Floats:
    """The daily EWMA sigma after the last row, mean zero, shape (symbols,); NaN below `minimum` returns."""
    variance = np.full(returns.shape[1], np.nan)
    for square in np.square(returns):
        variance = update_variance(variance, square, decay)
    enough = np.count_nonzero(~np.isnan(returns), axis=0) >= minimum
    return np.where(enough, np.sqrt(variance), np.nan)


def last_accepted(closes: Floats) -> Floats:
    """The last number of each column; NaN where there is none."""
    known = ~np.isnan(closes)
    last = closes.shape[0] - 1 - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), closes[last, np.arange(closes.shape[1])], np.nan)
