"""Whether an announced dividend already contains the capital gain that stands beside it: asked of the price.

Vendors tell a fund's payout in two ways: dividend and gain apart, so that a holder received both; or the
whole payout as the dividend, and the gain in it once more (Yahoo's way). Their own adjusted close cannot tell
which, because it makes the same sum: a vendor that tells the gain twice adjusts for it twice. The price fell
once.
"""

import numpy as np
import numpy.typing as npt

from quant.faults._payouts import plausibility
from quant.market.panel import Floats
from quant.market.returns import accepted, previous

TELLING = 3.0
"""Evidence (log likelihood ratio) from which on the price tells: both falls lie about three daily standard
deviations apart. Below it the vendor's convention is believed."""

FITS = plausibility(np.array(3.0))
"""A move that neither fall explains to three standard deviations is another event's, and tells nothing."""

LEAST = 0.002
"""The least daily standard deviation that a move is measured by: a bond fund's on quiet days."""

ROUNDED = 0.005
"""Relative: a dividend that is a gain and nothing else may be below it by a vendor's rounding."""

Mask = npt.NDArray[np.bool_]


def contains_gains(
    opens: Floats, closes: Floats, dividends: Floats, gains: Floats, *, convention: bool
) -> Mask:
    """The rows whose dividend contains the gain. Arrays (rows,), oldest first, all in the same shares.

    Prices are NaN where missing, payouts 0.0 where there are none. A row's own price decides where it can
    tell; else all rows of the history together, of which a dividend below its gain is one that does not
    contain it; else the vendor's `convention`.
    """
    both = np.flatnonzero((dividends > 0) & (gains > 0))
    possible = gains[both] <= dividends[both] * (1 + ROUNDED)
    own = np.where(possible, _evidence(opens, closes, dividends, gains)[both], -TELLING)
    usual = _decided(own.sum(), convention)
    contained = np.zeros(dividends.shape, dtype=bool)
    contained[both] = possible & np.array([_decided(one, usual) for one in own.tolist()], dtype=bool)
    return contained


def _decided(evidence: float, otherwise: bool) -> bool:
    return bool(evidence > 0) if abs(evidence) >= TELLING else otherwise


def _evidence(opens: Floats, closes: Floats, dividends: Floats, gains: Floats) -> Floats:
    """For each row how much better its open and close fit a fall by the dividend than one by both.

    0.0 where the price before is missing or where neither fits.
    """
    before = previous(accepted(closes))
    with np.errstate(all="ignore"):
        moves = np.log(np.stack([accepted(opens), accepted(closes)]) / before)
        falls = np.log1p(-np.stack([dividends, dividends + gains]) / before)
        quiet = np.where((dividends > 0) | (gains > 0), np.nan, np.abs(moves))
        noise = np.array([[_median(row) / 0.6745] for row in quiet])
        fit = plausibility((moves - falls[:, None]) / np.maximum(noise, LEAST))
    fit = np.where(np.isnan(falls)[:, None], -np.inf, fit)  # nobody can have received more than the price
    mean = np.where(np.isnan(fit[:, 0]), fit[:, 1], (fit[:, 0] + fit[:, 1]) / 2)
    known = ~np.isnan(moves[1]) & (mean.max(axis=0) >= FITS)
    with np.errstate(invalid="ignore"):
        evidence: Floats = np.where(known, mean[0] - mean[1], 0.0)
    return evidence


def _median(sizes: Floats) -> float:
    known = sizes[np.isfinite(sizes)]
    return float(np.median(known)) if known.size else LEAST
