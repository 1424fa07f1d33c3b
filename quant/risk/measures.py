"""Portfolio risk by backcast: the current weights on past simple total returns."""

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


def historical_var(weights: Floats, returns: Floats, count: int = 500) -> float:
    """One-session value at risk at 95%, a share of value, loss positive: the upper quantile of past losses.

    For `weights`, `returns`, `count` and NaN see `backcast`.
    """
    losses = -backcast(weights, returns, count)
    return float(np.quantile(losses, 0.95, method="higher"))


def historical_cvar(weights: Floats, returns: Floats, count: int = 500) -> float:
    """One-session conditional value at risk at 95%, a share of value, loss positive.

    The mean of the past losses that reach the historical VaR or exceed it. Else as `historical_var`.
    """
    losses = -backcast(weights, returns, count)
    var = np.quantile(losses, 0.95, method="higher")
    return float(losses[losses >= var].mean()) if not np.isnan(var) else float("nan")


def parametric_var(weights: Floats, returns: Floats, count: int = 500) -> float:
    """The VaR 95% of normal returns with the backcast's mean and sample standard deviation: 1.645 sd - mean.

    A share of value, loss positive; negative where the mean gains more. Source: Jorion, "Value at Risk", 3rd
    edition (2006), chapter 5. Else as `historical_var`.
    """
    past = backcast(weights, returns, count)
    return float(QUANTILE * past.std(ddof=1) - past.mean())


def parametric_cvar(weights: Floats, returns: Floats, count: int = 500) -> float:
    """The CVaR 95% of the same normal returns: 2.063 sd - mean, the density at the quantile ÷ 0.05.

    Source: McNeil, Frey and Embrechts, "Quantitative Risk Management" (2005), example 2.18. Else as
    `parametric_var`.
    """
    past = backcast(weights, returns, count)
    return float(TAIL_MEAN * past.std(ddof=1) - past.mean())


def backcast_volatility(weights: Floats, returns: Floats, count: int = 252) -> float:
    """Sample standard deviation of the backcast's simple returns a year, * √252; a share of value.

    The same as √(w'Σw) with the sample covariance Σ of the symbols over these sessions. For `weights`,
    `returns`, `count` and NaN see `backcast`.
    """
    return float(backcast(weights, returns, count).std(ddof=1)) * ANNUALISATION


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
    told = np.flatnonzero(~np.isnan(both[:, np.append(held, True)]).any(axis=1))
    own, market = both[told][:, np.append(held, False)] @ weights[held], both[told, -1][-count:]
    if len(market) < count or dense(told[-count:], len(both)) < count or not market.std() > 0:
        return float("nan")
    own = own[-count:]
    return float(np.cov(own, market)[0, 1] / market.var(ddof=1))


def backcast_drawdown(weights: Floats, returns: Floats, count: int = 252) -> float:
    """The largest fall from a peak over the last sessions as a share of that peak, loss positive; 0 if none.

    The start counts as a peak. For `weights`, `returns`, `count` and NaN see `backcast`.
    """
    wealth = np.concatenate([[1.0], np.cumprod(1 + backcast(weights, returns, count))])
    return float(np.max(1 - wealth / np.maximum.accumulate(wealth)))


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
