"""Mean reversion: how far a price lies below its own mean, where it has been returning to that mean.

The half-life is that of an autoregression of first order, as of an Ornstein-Uhlenbeck process: Chan,
Algorithmic Trading (2013), chapter 2.
"""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Floats, Panel
from quant.market.returns import accepted
from quant.signals import Reading


@dataclass(frozen=True)
class Parameters:
    """`sessions` of prices; a half-life of more than `longest` sessions is no return to the mean."""

    sessions: int = 126
    longest: int = 42


def lookback(parameters: Parameters) -> int:
    return parameters.sessions


def compute(panel: Panel, parameters: Parameters) -> list[Reading]:
    """Less the deviation of the logarithmic total price from its mean, in its standard deviations; no action.

    0 where the half-life is longer than `longest`, or there is none. NaN where a session has no price.
    `label` is the half-life.
    """
    prices = np.log(accepted(panel.tail(lookback(parameters)).total))
    if len(prices) < lookback(parameters):
        return [Reading(symbol, float("nan")) for symbol in panel.symbols]
    away = prices - prices.mean(axis=0)
    sigma, life = away.std(axis=0, ddof=1), half_life(away)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(life <= parameters.longest, -away[-1] / sigma, 0.0)
    values = np.where(np.isnan(prices).any(axis=0) | (sigma == 0), np.nan, values)
    return [
        Reading(symbol, value, label=None if np.isnan(value) or value == 0 else f"half-life {time:.0f} days")
        for symbol, value, time in zip(panel.symbols, values.tolist(), life.tolist(), strict=True)
    ]


def half_life(away: Floats) -> Floats:
    """Sessions until half of a deviation is gone, shape (series,); infinite where it does not shrink.

    `away` (sessions, series) are deviations; ln 2 ÷ -ln(1 + b) with b the slope of their changes on them.
    """
    before, change = away[:-1], np.diff(away, axis=0)
    centred = before - before.mean(axis=0)
    with np.errstate(all="ignore"):
        slope = (centred * change).sum(axis=0) / (centred**2).sum(axis=0)
        life = np.log(2) / -np.log1p(np.where((slope < 0) & (slope > -1), slope, np.nan))
    return np.where(slope <= -1, 0.0, np.where(np.isnan(life), np.inf, life))
