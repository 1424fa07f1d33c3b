"""Liquidity: a minute's range, high over low, against the usual one of the last hour.

Source: Parkinson, M. (1980), The extreme value method for estimating the variance of the rate of return,
Journal of Business 53: ln(high ÷ low) measures volatility, and it widens when orders are missing. Shown with
an alert; divided by the time of day.
"""

import numpy as np

from quant.detectors import Measure, Role, _usual
from quant.intraday.saved import Arrays
from quant.intraday.tape import Minute

ROLE: Role = "evidence"
Parameters = _usual.Parameters
begin = _usual.begin


def update(minute: Minute, memory: Arrays, parameters: _usual.Parameters) -> Measure:
    """Range ÷ usual range; NaN without a bar, before 20 bars, and where there is usually none."""
    wide = np.log(minute.high / minute.low) / minute.factor
    return _usual.against(wide, memory, parameters)
