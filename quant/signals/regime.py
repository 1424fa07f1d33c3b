"""The regime: where today's volatility stands among its own of the last year."""

from dataclasses import dataclass

import numpy as np

from quant.market.panel import Floats, Panel
from quant.market.returns import log_returns, update_variance
from quant.signals import Reading


@dataclass(frozen=True)
class Parameters:
    """`estimates`: how many are compared, the session's own included; `warm_up`: the returns before these.

    Below `low` the regime is low, from `high` on it is high.
    """

    estimates: int = 252
    warm_up: int = 248
    low: float = 0.2
    high: float = 0.8


def lookback(parameters: Parameters) -> int:
    return parameters.estimates + parameters.warm_up + 1


def compute(panel: Panel, parameters: Parameters) -> list[Reading]:
    """The share of a symbol's last EWMA volatilities that lie below the newest, and its name; no action.

    NaN with fewer estimates: the first 20 returns make none, as in the ewma estimator. A missing close, also
    that of the session, makes no estimate of its own.
    """
    variances = _history(log_returns(panel.tail(lookback(parameters)).total))
    return [
        _reading(symbol, values[~np.isnan(values)][-parameters.estimates :], parameters)
        for symbol, values in zip(panel.symbols, variances.T, strict=True)
    ]


def _history(returns: Floats, minimum: int = 20) -> Floats:
    """The EWMA variance after each return, shape (sessions, symbols); NaN without one and below `minimum`."""
    variances = np.empty_like(returns)
    variance = np.full(returns.shape[1], np.nan)
    for row, square in enumerate(np.square(returns)):
        variance = update_variance(variance, square)
        variances[row] = variance
    known = ~np.isnan(returns)
    return np.where(known & (np.cumsum(known, axis=0) >= minimum), variances, np.nan)


def _reading(symbol: str, variances: Floats, parameters: Parameters) -> Reading:
    if len(variances) < parameters.estimates:
        return Reading(symbol, np.nan)
    place = float(np.mean(variances < variances[-1]))
    name = "low" if place < parameters.low else "high" if place >= parameters.high else "normal"
    return Reading(symbol, place, label=name)
