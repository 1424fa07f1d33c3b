"""Portfolio risk by backcast: the current weights on past simple total returns."""

import numpy as np

from quant.panel import Floats


def historical_var(weights: Floats, returns: Floats, count: int = 500) -> float:
    """One-session value at risk at 95%, a share of value, loss positive: the upper quantile of past losses.

    For `weights`, `returns`, `count` and NaN see `backcast`.
    """
    losses = -backcast(weights, returns, count)
    return float(np.quantile(losses, 0.95, method="higher"))


def backcast_drawdown(weights: Floats, returns: Floats, count: int = 252) -> float:
    """The largest fall from a peak over the last sessions as a share of that peak, loss positive; 0 if none.

    The start counts as a peak. For `weights`, `returns`, `count` and NaN see `backcast`.
    """
    wealth = np.concatenate([[1.0], np.cumprod(1 + backcast(weights, returns, count))])
    return float(np.max(1 - wealth / np.maximum.accumulate(wealth)))


def backcast(weights: Floats, returns: Floats, count: int) -> Floats:
    """Portfolio returns of the last `count` sessions at constant weights, shape (count,), newest last.

    `weights` (symbols,) are shares of value, what is missing to 1 is cash with return 0. `returns` (sessions,
    symbols) are simple total returns. A session counts when every symbol with a nonzero weight has a return;
    with fewer than `count` of them, or a NaN weight, all of the result is NaN.
    """
    held = weights != 0
    portfolio: Floats = returns[:, held] @ weights[held]
    known = portfolio[~np.isnan(portfolio)]
    return known[-count:] if len(known) >= count else np.full(count, np.nan)
