"""The Yang-Zhang volatility: nights, days and ranges together, whatever the drift."""

import numpy as np

from quant.market.panel import Floats, Panel
from quant.market.returns import ANNUALISATION, last_known, log_returns
from quant.volatility._ranges import moves, rogers_satchell
from quant.volatility._window import Parameters, lookback, window

__all__ = ["Parameters", "annualised", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """√((V_o + k V_c + (1 - k) V_rs) * 252) over the last complete sessions; NaN with too few.

    Yang and Zhang, Drift-Independent Volatility Estimation Based on High, Low, Open, and Close Prices,
    Journal of Business 73 (2000): V_o and V_c are the sample variances (ddof 1) of the moves from the
    previous close to the open and from the open to the close, V_rs the mean of Rogers and Satchell, and
    k = 0.34 ÷ (1.34 + (n + 1) ÷ (n - 1)) makes the variance of the sum smallest.

    The previous close is the last accepted one, as in close_to_close. A distribution is taken out of the
    night before its ex-date: that drop is no volatility.
    """
    recent = panel.tail(lookback(parameters))
    session, count = moves(recent), parameters.window
    nights = log_returns(recent.total) - session.close
    days, ranges = (
        np.where(np.isnan(nights), np.nan, values) for values in (session.close, rogers_satchell(session))
    )
    night, day = (np.var(last_known(values, count), axis=0, ddof=1) for values in (nights, days))
    k = 0.34 / (1.34 + (count + 1) / (count - 1))
    daily: Floats = np.sqrt(night + k * day + (1 - k) * np.mean(last_known(ranges, count), axis=0))
    return daily * ANNUALISATION
