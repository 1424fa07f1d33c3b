"""What a series of values has earned and risked.

Arrays have the shape (days,). Values are positive numbers without NaN, at the closes of ascending days.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from quant.market.panel import Days, Floats
from quant.market.returns import ANNUALISATION

YEAR = 365.25
"""Days of a year, as ffn counts them."""
NAN = float("nan")


@dataclass(frozen=True)
class Drawdown:
    """The deepest fall below an earlier high: `depth` is at most 0, a share of that high.

    `peak` is the day of the high, `trough` that of the low, and `recovered` the first day on which the high
    was reached again, None while it is not. Without any fall all are None.
    """

    depth: float
    peak: date | None
    trough: date | None
    recovered: date | None


@dataclass(frozen=True)
class Measures:
    """`total` is the simple return over all days; `annual` the compound one a year (of 365.25 days).

    `volatility` is the sample standard deviation of daily returns × √252; `sharpe` the mean daily return ÷
    their standard deviation × √252, over a risk-free rate of 0 (Sharpe, The Sharpe Ratio, 1994). NaN where
    there are too few days.
    """

    total: float
    annual: float
    volatility: float
    sharpe: float
    drawdown: Drawdown


def measure(values: Floats, days: Days) -> Measures:
    """What a series has earned and risked."""
    returns = np.diff(values) / values[:-1]
    sigma = float(np.std(returns, ddof=1)) if len(returns) > 1 else NAN
    years = float((days[-1] - days[0]).astype(int)) / YEAR
    total = float(values[-1] / values[0] - 1)
    return Measures(
        total=total,
        annual=(1 + total) ** (1 / years) - 1 if years > 0 and total > -1 else NAN,
        volatility=sigma * ANNUALISATION,
        sharpe=float(np.mean(returns)) / sigma * ANNUALISATION if sigma > 0 else NAN,
        drawdown=deepest(values, days),
    )


def drawdowns(values: Floats) -> Floats:
    """How far each value lies below the highest one up to it, a share of that: 0 or less."""
    return np.asarray(values / np.maximum.accumulate(values) - 1)


def deepest(values: Floats, days: Days) -> Drawdown:
    """The deepest fall, the first of equals."""
    fallen = drawdowns(values)
    low = int(np.argmin(fallen))
    if fallen[low] >= 0:
        return Drawdown(0.0, None, None, None)
    high = int(np.argmax(values[: low + 1]))
    again = np.flatnonzero(values[low:] >= values[high])
    recovered = days[low + again[0]].item() if len(again) else None
    return Drawdown(float(fallen[low]), days[high].item(), days[low].item(), recovered)


def yearly(values: Floats, days: Days) -> dict[int, float]:
    """The simple return of each calendar year, from the last day of the year before (or the first day)."""
    years = days.astype("datetime64[Y]").astype(int) + 1970
    last = {int(year): float(values[years == year][-1]) for year in np.unique(years)}
    before = float(values[0])
    found = {}
    for year, value in last.items():
        found[year], before = value / before - 1, value
    return found
