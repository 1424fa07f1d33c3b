"""Weights inside their limits: the nearest ones, in whole millionths of tilt, with a sum that is exact."""

import numpy as np

from quant.market.panel import Floats

MILLION = 1_000_000


def limits(strategic: Floats, tilt: Floats) -> tuple[Floats, Floats]:
    """The least and the largest weight: `tilt` around `strategic`, from 0 to 1; shapes (symbols,)."""
    return np.maximum(strategic - tilt, 0.0), np.minimum(strategic + tilt, 1.0)


def projected(wanted: Floats, lower: Floats, upper: Floats, total: float) -> Floats:
    """The point nearest to `wanted` (least squares) between `lower` and `upper` that sums to `total`.

    Shapes (symbols,); exact, without iteration: it is `wanted` shifted by one number and cut at the limits,
    and the sum is piecewise linear in that number. `total` must lie between the sums of the limits.
    """
    shifts = np.sort(np.concatenate([lower - wanted, upper - wanted]))
    sums = np.clip(wanted + shifts[:, np.newaxis], lower, upper).sum(axis=1)
    shift = np.interp(total, sums, shifts)
    nearest: Floats = np.clip(wanted + shift, lower, upper)
    return nearest


def settled(wanted: Floats, strategic: Floats, tilt: Floats, *, invested: bool) -> Floats:
    """The weights nearest to `wanted` inside the limits, shape (symbols,).

    `invested`: they sum to the strategic sum; else none is above its strategic weight. Each departs from
    it by whole millionths, so that the last bits of a solver's answer rarely show.
    """
    lower, upper = limits(strategic, tilt)
    least = np.ceil((lower - strategic) * MILLION - 1e-6)
    most = np.floor((upper - strategic) * MILLION + 1e-6)
    departure = (wanted - strategic) * MILLION
    if invested:
        whole = _whole(projected(departure, least, most, 0.0))
    else:
        whole = np.clip(np.rint(departure), least, 0.0)
    return strategic + whole / MILLION


def _whole(numbers: Floats) -> Floats:
    """Numbers that sum to 0, each moved to the next integer below or above so that they still do."""
    numbers = np.round(numbers, 6)
    below = np.floor(numbers)
    missing = round(-below.sum())
    up = np.argsort(below - numbers, kind="stable")[:missing]  # the largest remainders
    below[up] += 1
    return below
