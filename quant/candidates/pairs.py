"""Cointegrated pairs: how far a symbol lies below what its best partner explains of it.

Engle and Granger, Co-Integration and Error Correction, Econometrica 55:2 (1987); Gatev, Goetzmann and
Rouwenhorst, Pairs Trading, Review of Financial Studies 19:3 (2006).
"""

from dataclasses import dataclass

import numpy as np

from quant.candidates.mean_reversion import half_life
from quant.market.panel import Floats, Panel
from quant.market.returns import accepted
from quant.signals import Reading

CRITICAL = -3.337
"""Of the residuals' t-value at 5% with two series and a constant: MacKinnon, Critical Values for
Cointegration Tests (2010), table 2."""
MOST = 60
"""Symbols of which all pairs are looked at; of more none is."""


@dataclass(frozen=True)
class Parameters:
    """`sessions` of prices."""

    sessions: int = 252


def lookback(parameters: Parameters) -> int:
    return parameters.sessions


def compute(panel: Panel, parameters: Parameters) -> list[Reading]:
    """Less the newest residual of a symbol on its best partner, in standard deviations; no action.

    The best partner is the one with the lowest t-value of the Dickey-Fuller regression of the residuals,
    without lags, below the 5% bound. NaN where there is none, where a session has no price, and in a panel
    of more than 60 symbols. `label` names the partner.
    """
    prices = np.log(accepted(panel.tail(lookback(parameters)).total))
    known = np.flatnonzero(~np.isnan(prices).any(axis=0) & (prices.std(axis=0) > 0))
    readings = [Reading(symbol, float("nan")) for symbol in panel.symbols]
    if len(prices) < lookback(parameters) or not 2 <= len(known) <= MOST:
        return readings
    for place in known.tolist():
        others = known[known != place]
        residuals = _residuals(prices[:, place], prices[:, others])
        best = int(np.argmin(found := dickey_fuller(residuals)))
        if found[best] < CRITICAL:
            own = residuals[:, best]
            life = float(half_life(own[:, None])[0])
            label = f"with {panel.symbols[others[best]]}, half-life {life:.0f} days"
            readings[place] = Reading(panel.symbols[place], float(-own[-1] / own.std(ddof=2)), label=label)
    return readings


def _residuals(explained: Floats, by: Floats) -> Floats:
    """What each column of `by`, with a constant, leaves unexplained; shape (sessions, columns)."""
    centred = by - by.mean(axis=0)
    away = explained - explained.mean()
    slope = (centred * away[:, None]).sum(axis=0) / (centred**2).sum(axis=0)
    return np.asarray(away[:, None] - slope * centred)


def dickey_fuller(residuals: Floats) -> Floats:
    """The t-value of the changes on the values before them, no constant and no lags, shape (columns,)."""
    before, change = residuals[:-1], np.diff(residuals, axis=0)
    square = (before**2).sum(axis=0)
    with np.errstate(all="ignore"):
        slope = (before * change).sum(axis=0) / square
        error = ((change - slope * before) ** 2).sum(axis=0) / (len(change) - 1)
        found = slope / np.sqrt(error / square)
    return np.where(np.isfinite(found), found, np.inf)
