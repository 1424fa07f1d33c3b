"""HAR-RV: the volatility of the next session from those of the last day, week and month."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from quant.market.panel import Floats, Panel
from quant.market.returns import ANNUALISATION, log_returns
from quant.volatility._ranges import garman_klass, moves

WEEK, MONTH = 5, 22
NAMES = ("intercept", "daily", "weekly", "monthly")


@dataclass(frozen=True)
class Parameters:
    """`sessions`: the most prices read; `minimum`: the fewest next-day volatilities that are explained."""

    sessions: int = 523
    minimum: int = 100


def lookback(parameters: Parameters) -> int:
    return parameters.sessions


def window(parameters: Parameters) -> int | None:  # noqa: ARG001  three horizons, none of them the window
    return None


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """The forecast * √252, shape (symbols,); NaN with too few sessions.

    Corsi, A Simple Approximate Long-Memory Model of Realized Volatility, Journal of Financial Econometrics 7
    (2009): RV(t+1) = c + β_d RV(t) + β_w mean of 5 + β_m mean of 22, by least squares. RV is what a daily
    bar tells of its session: the root of the squared night and, for the day, the variance of Garman and
    Klass, which scatters least. A forecast outside of what was explained is its smallest or its largest:
    least squares knows neither that a volatility is positive nor that nobody has seen one so large (after the
    insanity filter of Bollerslev, Patton and Quaedvlieg, Exploiting the Errors, Journal of Econometrics 192,
    2016).
    """
    return np.array([fit.forecast for fit in _fits(panel, parameters)]) * ANNUALISATION


def fitted(panel: Panel, parameters: Parameters) -> list[dict[str, Any]]:
    """Of each symbol the coefficients, for daily volatilities as fractions, and the days explained."""
    return [{**fit.coefficients, "observations": fit.observations} for fit in _fits(panel, parameters)]


@dataclass(frozen=True)
class _Fit:
    observations: int
    forecast: float = np.nan
    coefficients: Mapping[str, float] = field(default_factory=dict)


def _fits(panel: Panel, parameters: Parameters) -> Iterator[_Fit]:
    recent = panel.tail(lookback(parameters))
    session = moves(recent)
    nights = log_returns(recent.total) - session.close
    variances = np.square(nights) + garman_klass(session)
    for values in np.sqrt(np.maximum(variances, 0.0)).T:  # a flat day's is 0 up to rounding
        volatilities = values[~np.isnan(values)]
        count = max(len(volatilities) - MONTH, 0)
        yield _fit(volatilities) if count >= parameters.minimum else _Fit(count)


def _fit(volatilities: Floats) -> _Fit:
    """Least squares on the averages that end a day before each explained volatility."""
    averages = [
        sliding_window_view(volatilities[MONTH - days :], days).mean(axis=1) for days in (1, WEEK, MONTH)
    ]
    known = np.column_stack([np.ones(len(averages[0])), *averages])
    explained = volatilities[MONTH:]
    scale = explained.mean() or 1.0  # beside the intercept's 1 a daily volatility of 0.0001 loses digits
    known[:, 1:] /= scale
    found = np.linalg.lstsq(known[:-1], explained / scale)[0]
    forecast = float(np.clip(known[-1] @ found * scale, explained.min(), explained.max()))
    coefficients = [found[0] * scale, *found[1:]]
    return _Fit(len(explained), forecast, dict(zip(NAMES, map(float, coefficients), strict=True)))
