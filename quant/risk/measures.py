"""Portfolio risk by backcast: the current weights on past simple total returns."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import exp, pi, sqrt

import numpy as np
import numpy.typing as npt

from quant.market.gaps import DENSE
from quant.market.panel import Floats
from quant.market.returns import ANNUALISATION

QUANTILE = 1.6448536269514722
"""The 95% quantile of the standard normal distribution."""
TAIL_MEAN = exp(-(QUANTILE**2) / 2) / sqrt(2 * pi) / 0.05
"""The mean of the standard normal distribution beyond that quantile."""


@dataclass(frozen=True)
class Backcast:
    """A measure of a portfolio's past returns: `of` gives it for arrays (..., sessions), shape (...).

    Called with weights (symbols,) and returns (sessions, symbols) it is that of their `backcast` over the
    last `sessions`, or `count`.
    """

    of: Callable[[Floats], Floats]
    sessions: int

    def __call__(self, weights: Floats, returns: Floats, count: int | None = None) -> float:
        """The measure of one portfolio; NaN as in `backcast`."""
        return float(self.of(backcast(weights, returns, count or self.sessions)))


def past_var(past: Floats, level: float = 0.95) -> Floats:
    """The upper quantile of the past losses at a level, of arrays (..., sessions); NaN in, NaN out."""
    return np.asarray(np.quantile(-past, level, axis=-1, method="higher"))


def past_cvar(past: Floats, level: float = 0.95) -> Floats:
    """The mean of the past losses that reach `past_var` or exceed it."""
    if past.ndim > 1:
        return np.array([past_cvar(row, level) for row in past])
    losses = -past
    var = past_var(past, level)
    return np.asarray(losses[losses >= var].mean() if not np.isnan(var) else np.nan)


def normal_loss(past: Floats, deviations: float) -> Floats:
    """So many standard deviations (ddof 1) of past returns less their mean."""
    return np.asarray(deviations * past.std(ddof=1, axis=-1) - past.mean(axis=-1))


def _volatility(past: Floats) -> Floats:
    return np.asarray(past.std(ddof=1, axis=-1) * ANNUALISATION)


def _drawdown(past: Floats) -> Floats:
    start = np.ones((*past.shape[:-1], 1))
    wealth = np.cumprod(np.concatenate([start, 1 + past], axis=-1), axis=-1)
    return np.asarray(np.max(1 - wealth / np.maximum.accumulate(wealth, axis=-1), axis=-1))


historical_var = Backcast(past_var, 500)
"""One-session value at risk at 95%, a share of value, loss positive: the upper quantile of past losses."""
historical_cvar = Backcast(past_cvar, 500)
"""One-session conditional value at risk at 95%, a share of value, loss positive.

The mean of the past losses that reach the historical VaR or exceed it.
"""
parametric_var = Backcast(partial(normal_loss, deviations=QUANTILE), 500)
"""The VaR 95% of normal returns with the backcast's mean and sample standard deviation: 1.645 sd - mean.

A share of value, loss positive; negative where the mean gains more. Source: Jorion, "Value at Risk", 3rd
edition (2006), chapter 5.
"""
parametric_cvar = Backcast(partial(normal_loss, deviations=TAIL_MEAN), 500)
"""The CVaR 95% of the same normal returns: 2.063 sd - mean, the density at the quantile ÷ 0.05.

Source: McNeil, Frey and Embrechts, "Quantitative Risk Management" (2005), example 2.18.
"""
backcast_volatility = Backcast(_volatility, 252)
"""Sample standard deviation of the backcast's simple returns a year, * √252; a share of value.

The same as √(w'Σw) with the sample covariance Σ of the symbols over these sessions.
"""
backcast_drawdown = Backcast(_drawdown, 252)
"""The largest fall from a peak over the last sessions as a share of that peak, loss positive; 0 if none.

The start counts as a peak.
"""


def whole(returns: Floats, count: int) -> bool:
    """Whether no return of any symbol is missing in the last `count` sessions, and none just before.

    Else the first of them would run over more than its session (`together`).
    """
    everybody = np.ones(returns.shape[1], bool)
    found = len(returns) >= count and not np.isnan(returns[-count:]).any()
    return found and together(returns, everybody) is returns


def tracking_error(weights: Floats, returns: Floats, benchmark: Floats, count: int = 252) -> float:
    """Sample standard deviation of the backcast minus the benchmark a year, * √252; a share of value.

    `benchmark` (sessions,) are simple total returns on the sessions of `returns`; a session without one does
    not count. Else as `backcast_volatility`.
    """
    active = np.append(weights, -1.0), np.column_stack([returns, benchmark])
    return backcast_volatility(*active, count)


def beta(weights: Floats, returns: Floats, benchmark: Floats, count: int = 252) -> float:
    """Covariance of the backcast with the benchmark ÷ the benchmark's variance.

    `benchmark` as in `tracking_error`, else as `backcast`. NaN where the benchmark never moves.
    """
    held = weights != 0
    both = together(np.column_stack([returns, benchmark]), np.append(held, True))
    known = np.flatnonzero(~np.isnan(both[:, np.append(held, True)]).any(axis=1))
    own, market = both[known][:, np.append(held, False)] @ weights[held], both[known, -1][-count:]
    if len(market) < count or dense(known[-count:], len(both)) < count or not market.std() > 0:
        return float("nan")
    own = own[-count:]
    return float(np.cov(own, market)[0, 1] / market.var(ddof=1))


def backcast(weights: Floats, returns: Floats, count: int) -> Floats:
    """Portfolio returns of the last `count` sessions at constant weights, shape (count,), newest last.

    `weights` (symbols,) are shares of value, what is missing to 1 is cash with return 0. `returns` (sessions,
    symbols) are simple total returns, NaN where a close is missing. A session counts when every symbol with a
    nonzero weight has a return (see `together`); with fewer than `count` of them, fewer than `DENSE` of the
    sessions since the first of these, or a NaN weight, all of the result is NaN.
    """
    held = weights != 0
    portfolio: Floats = together(returns, held)[:, held] @ weights[held]
    known = np.flatnonzero(~np.isnan(portfolio))[-count:]
    return portfolio[known] if len(known) == count <= dense(known, len(portfolio)) else np.full(count, np.nan)


def together(returns: Floats, held: npt.NDArray[np.bool_]) -> Floats:
    """The returns, one after a session on which a symbol `held` has none running over that session too.

    Shape (sessions, symbols), as `returns`, which begin where each symbol's history does: so what happened on
    a session that cannot be measured is not lost, and nothing that was filled forward is a return.
    """
    whole = np.logical_not(np.isnan(returns[:, held]).any(axis=1))
    first = int(np.argmax(whole))
    if not whole.any() or whole[first:].all():
        return returns
    wealth = np.cumprod(1 + np.where(np.isnan(returns), 0.0, returns), axis=0)
    after_gap, before = spans(whole)
    spanned = returns.copy()
    spanned[after_gap] = wealth[after_gap] / wealth[before] - 1
    return spanned


def spans(whole: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The rows after a gap between rows that are `whole`, and for each the one before that gap."""
    places = np.flatnonzero(whole)
    gap = np.diff(places) > 1
    return places[1:][gap], places[:-1][gap]


def complete(returns: Floats, held: npt.NDArray[np.bool_], count: int) -> Floats:
    """The last sessions, at most `count`, on which every symbol `held` has a return, with all their columns.

    As `together` makes them, and only as many as lie close enough together (`dense`).
    """
    found = together(returns, held)
    rows = np.flatnonzero(~np.isnan(found[:, held]).any(axis=1))[-count:]
    return found[rows[len(rows) - dense(rows, len(found)) :]]


def dense(known: npt.NDArray[np.intp], sessions: int) -> int:
    """How many of the newest `known` rows, of so many sessions, lie close enough to each other.

    The most of which at least `DENSE` of the sessions since the first of them are among them.
    """
    back = sessions - known[::-1]
    fit = np.flatnonzero(np.arange(1, len(known) + 1) >= DENSE * back)
    return int(fit[-1]) + 1 if len(fit) else 0


def reach(count: int) -> int:
    """The sessions among which so many returns must lie."""
    return int(count / DENSE)
