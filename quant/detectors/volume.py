"""Liquidity: a minute's volume against the usual one of the last hour.

Source: in the crash of May 6, 2010 volume was six times the usual when prices broke (Kirilenko, Kyle, Samadi
and Tuzun 2017, The flash crash, Journal of Finance 72). Shown with an alert: a fall without volume is often
a wrong price.
"""

from quant.detectors import Measure, Role, _usual
from quant.intraday.saved import Arrays
from quant.intraday.tape import Minute

ROLE: Role = "evidence"
Parameters = _usual.Parameters
begin = _usual.begin


def update(minute: Minute, memory: Arrays, parameters: _usual.Parameters) -> Measure:
    """Volume ÷ usual volume; NaN without a bar, before 20 bars, and where there is usually none."""
    return _usual.against(minute.volume, memory, parameters)
