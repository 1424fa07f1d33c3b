"""What the range estimators share: the moves of a session from its open, and the mean.

A session of which one of open, high, low and close is missing gives no value to any of them: an older one
takes its place, as in close_to_close. So a vendor with closes alone has no range volatility.
"""

import math
from dataclasses import dataclass

import numpy as np

from quant.market.panel import Floats, Panel
from quant.market.returns import ANNUALISATION, accepted, last_known


@dataclass(frozen=True)
class Moves:
    """Logs of split-adjusted prices over the same session's open, shape (sessions, symbols).

    `high` (u in the papers) is ≥ 0 and `low` (d) ≤ 0; all three are NaN where one of the four prices is
    missing or not positive.
    """

    high: Floats
    low: Floats
    close: Floats


def moves(panel: Panel) -> Moves:
    """The moves of each session from its open."""
    opened, high, low, close = (
        np.log(accepted(prices)) for prices in (panel.open, panel.high, panel.low, panel.close)
    )
    unknown = np.isnan(opened + high + low + close)
    high, low, close = (np.where(unknown, np.nan, logs - opened) for logs in (high, low, close))
    return Moves(high, low, close)


def garman_klass(session: Moves) -> Floats:
    """The variance of each session, ½ (u - d)² - (2 ln 2 - 1) c²; never negative, as |c| ≤ u - d."""
    ranges, body = np.square(session.high - session.low), np.square(session.close)
    return ranges / 2 - (2 * math.log(2) - 1) * body


def rogers_satchell(session: Moves) -> Floats:
    """The variance of each session, u (u - c) + d (d - c), whatever its drift; never negative."""
    return session.high * (session.high - session.close) + session.low * (session.low - session.close)


def annualised_mean(variances: Floats, window: int) -> Floats:
    """√(mean of the last `window` daily variances * 252), shape (symbols,); NaN with fewer of them."""
    daily: Floats = np.sqrt(np.mean(last_known(variances, window), axis=0))
    return daily * ANNUALISATION
