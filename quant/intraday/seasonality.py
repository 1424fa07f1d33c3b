"""How volatile each minute of a session is by itself: high at the open, low at noon, higher at the close."""

import numpy as np

from quant.intraday.saved import Floats

SMOOTHED = 15
"""Minutes of the triangle that smooths the estimate; the first and last minutes are left as they are."""
EDGE = 3


def flat(minutes: int) -> Floats:
    """No seasonality: 1 for every minute."""
    return np.ones(minutes)


def u_shape(minutes: int, a: float = 0.75, b: float = 0.25, c: float = 0.88929198) -> Floats:
    """The U of a usual day, shape (minutes,), mean square 1.

    C + A exp(-10 x) + B exp(-10 (1 - x)) with x from 0 to 1, as in Andersen, Dobrev and Schaumburg (2012).
    """
    x = (np.arange(minutes) + 0.5) / minutes
    shape = c + a * np.exp(-10 * x) + b * np.exp(-10 * (1 - x))
    return np.asarray(shape / np.sqrt(np.mean(shape**2)))


def estimate(log_returns: Floats) -> Floats:
    """The factor of each minute, shape (minutes,), mean square 1: a minute's volatility ÷ its session's.

    `log_returns` has the shape (sessions, minutes) or (sessions, minutes, symbols); NaN is left out. A
    minute's factor is the mean absolute return over sessions and symbols, each session and symbol first
    divided by its own mean absolute return, so that a wild one does not decide. Absolute returns, since
    jumps weigh less in them than in squares (Andersen and Bollerslev 1997; Boudt, Croux and Laurent 2011,
    who prefer a truncated estimator: returns beyond 5 times the session's own mean are left out).
    A minute without any return takes the mean of all. Raises ValueError without a single return.
    """
    size = np.abs(log_returns.reshape(*log_returns.shape[:2], -1))
    own = _mean(size, 1)[:, None, :]
    size = np.where(size > 5 * own, np.nan, size) / np.where(own > 0, own, np.nan)
    curve = _mean(_mean(size, 2), 0)
    if np.isnan(curve).all():
        raise ValueError("log_returns has no return that is not 0: no seasonality can be estimated")
    smooth = _smoothed(np.where(np.isnan(curve) | (curve <= 0), np.nanmean(curve), curve))
    return np.asarray(smooth / np.sqrt(np.mean(smooth**2)))


def _mean(values: Floats, axis: int) -> Floats:
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    return np.asarray(np.nansum(values, axis=axis) / np.where(count > 0, count, np.nan))


def _smoothed(curve: Floats) -> Floats:
    """The curve under a triangle, reflected at both ends; short sessions under a shorter one."""
    width = min(SMOOTHED, (len(curve) - 1) // 2)
    weights = np.concatenate([np.arange(1, width + 1), np.arange(width - 1, 0, -1)]).astype(float)
    if width <= 1:
        return curve
    padded = np.pad(curve, width - 1, mode="reflect")
    smooth = np.convolve(padded, weights / weights.sum(), mode="valid")
    smooth[:EDGE], smooth[-EDGE:] = curve[:EDGE], curve[-EDGE:]
    return smooth
