"""What a delivered close is compared with by the move bound of the data check."""

import numpy as np

from quant.market.panel import Floats
from quant.market.returns import accepted, update_variance


def references(closes: Floats, floor: float, sigmas: float) -> tuple[Floats, Floats]:
    """The reference close and the daily EWMA sigma through the previous session, both shaped as `closes`.

    `closes` (sessions, symbols) are delivered closes, adjusted for splits and distributions; NaN or not
    positive is missing. The reference is whichever of the previous delivered and the last accepted close is
    nearer in log terms: so a bad close does not condemn the good one after it, and a new level is believed
    when the next close confirms it. A close is accepted when |close ÷ reference - 1| ≤ max(floor, sigmas *
    sigma); a symbol's first one always.

    Only a return from the last accepted close counts in sigma (λ 0.94, seeded with the first squared log
    return): the step to a level that had to be confirmed is an unexplained jump, and would widen the bound
    for weeks. The reference is NaN where the close is missing or the first; sigma is NaN before the first
    return.
    """
    delivered = accepted(closes)
    reference, sigma = np.full(closes.shape, np.nan), np.full(closes.shape, np.nan)
    last_delivered = last_accepted = variance = np.full(closes.shape[1], np.nan)
    for row, close in enumerate(delivered):
        sigma[row] = np.sqrt(variance)
        reference[row] = _nearer(close, last_delivered, last_accepted)
        bound = np.fmax(floor, sigmas * sigma[row])  # fmax: the floor alone where sigma is NaN
        first = ~np.isnan(close) & np.isnan(last_delivered)
        accept = first | (np.abs(close / reference[row] - 1) <= bound)
        counted = accept & (reference[row] == last_accepted)
        square = np.where(counted, np.log(close / last_accepted) ** 2, np.nan)
        variance = update_variance(variance, square)
        last_accepted = np.where(accept, close, last_accepted)
        last_delivered = np.where(np.isnan(close), last_delivered, close)
    return reference, sigma


def _nearer(close: Floats, one: Floats, other: Floats) -> Floats:
    """Whichever of two closes is nearer to `close` in log terms; NaN where `close` is."""
    nearer = np.where(np.abs(np.log(close / one)) <= np.abs(np.log(close / other)), one, other)
    return np.where(np.isnan(close), np.nan, nearer)
