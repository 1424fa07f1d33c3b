"""What a signal says about later returns: information coefficient and hit rate, with intervals.

The coefficient of one day is Spearman's rank correlation, over symbols, of the signal and the return after it
(Grinold and Kahn, Active Portfolio Management, 1999).
"""

from dataclasses import dataclass

import numpy as np
from arch.bootstrap import StationaryBootstrap
from scipy.stats import rankdata

from quant.evidence.multiple import block_length
from quant.market.panel import Floats

FEWEST = 4
"""Symbols of a day with fewer are no ranking."""
REPETITIONS = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Mean:
    """A mean over days with its bootstrap interval at 95%; NaN without days. `days` counts them."""

    value: float
    low: float
    high: float
    days: int


def coefficients(signal: Floats, later: Floats) -> Floats:
    """The coefficient of each day, shape (days,), of a `signal` and the `later` returns (days, symbols).

    NaN on a day on which fewer than four symbols have both, or either does not differ between symbols.
    """
    both = ~np.isnan(signal) & ~np.isnan(later)
    found = np.full(len(signal), np.nan)
    for day in np.flatnonzero(both.sum(axis=1) >= FEWEST).tolist():
        ours, theirs = (rankdata(values[day, both[day]]) for values in (signal, later))
        if ours.std() > 0 and theirs.std() > 0:
            found[day] = np.corrcoef(ours, theirs)[0, 1]
    return found


def hits(action: Floats, later: Floats) -> Floats:
    """Of each day the share of opinions that came true, shape (days,); NaN without one.

    `action` is 1 (buy), -1 (sell) or 0 (none), shape (days, symbols). A later return of 0 is no hit.
    """
    said = (action != 0) & ~np.isnan(later)
    right = said & (np.sign(later) == action)
    count = said.sum(axis=1)
    return np.where(count > 0, right.sum(axis=1) / np.maximum(count, 1), np.nan)


def mean(values: Floats, seed: int) -> Mean:
    """The mean of what is known of some days, with the interval of the stationary bootstrap."""
    known = values[~np.isnan(values)]
    if len(known) < 2 * FEWEST or known.std() == 0:
        at = float(known.mean()) if len(known) else float("nan")
        return Mean(at, float("nan"), float("nan"), len(known))
    sampled = StationaryBootstrap(block_length(known), known, seed=seed)
    low, high = sampled.conf_int(np.mean, REPETITIONS, method="percentile", size=CONFIDENCE)[:, 0]
    return Mean(float(known.mean()), float(low), float(high), len(known))


def long_short(signal: Floats, later: Floats) -> Floats:
    """The return of each day of holding symbols by rank, shape (days,): gross weights sum to 1, net to 0.

    The highest value is held most, the lowest is sold most. 0 on a day without a ranking.
    """
    both = ~np.isnan(signal) & ~np.isnan(later)
    found = np.zeros(len(signal))
    for day in np.flatnonzero(both.sum(axis=1) >= FEWEST).tolist():
        rank = rankdata(signal[day, both[day]])
        weight = rank - rank.mean()
        gross = np.abs(weight).sum()
        if gross > 0:
            found[day] = float(weight @ later[day, both[day]]) / float(gross)
    return found
