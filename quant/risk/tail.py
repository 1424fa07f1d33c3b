"""Value at risk and conditional value at risk at any level, over any window and horizon."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from quant.market.panel import Floats
from quant.risk.measures import normal_loss, past_cvar, past_var


@dataclass(frozen=True)
class Tail:
    """How much may be lost over `horizon` sessions, shares of value, loss positive; NaN where not known.

    `historical` and `normal` are those of one session × √horizon: of the past losses, and of normal returns
    with their mean and standard deviation. `direct` is of the past losses over `horizon` sessions themselves,
    which overlap. Each is a value at risk and the conditional one.
    """

    historical: tuple[float, float]
    normal: tuple[float, float]
    direct: tuple[float, float]


def tail(returns: Floats, level: float, window: int, horizon: int = 1) -> Tail:
    """The tail of the last `window` returns, shape (sessions,), simple, oldest first, without NaN.

    The VaR of n losses is the upper quantile: of 500 at 99% the fifth largest; the conditional one is the
    mean of those that reach it (Hull, Options, Futures, and Other Derivatives, chapter on value at risk, with
    √horizon). That of normal returns: z × sd − mean, and φ(z) ÷ (1 − level) × sd − mean (McNeil, Frey and
    Embrechts, Quantitative Risk Management, 2005, example 2.18); over a horizon the mean counts `horizon`
    times. NaN with fewer than `window` returns; `direct` needs horizon − 1 more.
    """
    unknown = (float("nan"), float("nan"))
    if len(returns) < window:
        return Tail(unknown, unknown, unknown)
    past, scale = returns[-window:], sqrt(horizon)
    z = NormalDist().inv_cdf(level)
    deviations = (z, NormalDist().pdf(z) / (1 - level))
    drift = float(past.mean()) * (scale - horizon)  # of the mean √horizon times is in what is scaled
    lowest, mean = (float(normal_loss(past, one)) * scale + drift for one in deviations)
    return Tail(
        historical=_both(past, level, scale),
        normal=(lowest, mean),
        direct=_both(compounded(returns, horizon)[-window:], level)
        if len(returns) >= window + horizon - 1
        else unknown,
    )


def compounded(returns: Floats, horizon: int) -> Floats:
    """The simple returns over every `horizon` sessions, shape (sessions − horizon + 1,)."""
    windows = np.lib.stride_tricks.sliding_window_view(1 + returns, horizon)
    return np.asarray(np.prod(windows, axis=1) - 1)


def _both(past: Floats, level: float, scale: float = 1.0) -> tuple[float, float]:
    return float(past_var(past, level)) * scale, float(past_cvar(past, level)) * scale
