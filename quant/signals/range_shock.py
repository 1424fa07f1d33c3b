"""The range shock: a fall during the session beyond the symbol's own proportions, as on 6 May 2010."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quant.market.panel import Floats, Panel
from quant.market.returns import accepted, ewma_volatility, log_returns, previous
from quant.signals import Alert, Reading, Severity


@dataclass(frozen=True)
class Parameters:
    """Bounds of z are exclusive, bounds of the fall inclusive; `crash_fall` is critical at any z.

    `sessions` and `minimum`: the most and the fewest returns of the EWMA sigma, as in the ewma estimator.
    """

    warning_z: float = -4.0
    warning_fall: float = -0.02
    critical_z: float = -6.0
    critical_fall: float = -0.04
    crash_fall: float = -0.07
    sessions: int = 500
    minimum: int = 20


def lookback(parameters: Parameters) -> int:
    """The returns through the previous session need one price more, and the session itself is another."""
    return parameters.sessions + 2


def compute(panel: Panel, parameters: Parameters) -> list[Reading]:
    """Readings with the z of the fall as value, no action, and an alert where a bound is broken."""
    fall = measure(panel, parameters)
    session = str(panel.sessions[-1].astype("datetime64[D]"))
    values = np.where(np.isfinite(fall.z), fall.z, np.nan).tolist()
    readings = [Reading(symbol, value) for symbol, value in zip(panel.symbols, values, strict=True)]
    for column, severity in enumerate(severities(fall, parameters)):
        if severity is not None:
            symbol, move = panel.symbols[column], float(fall.size[column])
            alert = Alert("range_shock", symbol, severity, session, move, _detail(fall, column))
            readings[column] = Reading(symbol, values[column], alert=alert)
    return readings


@dataclass(frozen=True)
class Fall:
    """Arrays of shape (symbols,): the lowest known price of the session against the previous adjusted close.

    `size` is lowest ÷ before - 1, a fraction; `z` is that in daily EWMA sigma through the previous session.
    NaN where the session has neither a low nor a close; `z` also where there are too few returns, infinite
    where sigma is 0. A price of 0 or less, which only a bar that was not accepted has, is a fall to it.
    """

    before: Floats
    lowest: Floats
    low_missing: npt.NDArray[np.bool_]
    close: Floats
    size: Floats
    z: Floats


def measure(panel: Panel, parameters: Parameters) -> Fall:
    """The fall of each symbol on the last session; where the low is missing the close stands for it."""
    recent = panel.tail(lookback(parameters))
    before = previous(accepted(recent.total))[-1]
    close = recent.close[-1]
    low_missing = np.isnan(recent.low[-1])
    lowest = np.where(low_missing, close, recent.low[-1])
    size = lowest / before - 1
    sigma = ewma_volatility(log_returns(recent.total[:-1]), minimum=parameters.minimum)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = size / sigma
    return Fall(before, lowest, low_missing, close, size, z)


def severities(fall: Fall, parameters: Parameters) -> list[Severity | None]:
    """The severity of each symbol's fall, None without one. A NaN z can only be critical by `crash_fall`."""
    warning = (fall.z < parameters.warning_z) & (fall.size <= parameters.warning_fall)
    shock = (fall.z < parameters.critical_z) & (fall.size <= parameters.critical_fall)
    crash = fall.size <= parameters.crash_fall
    return [
        "critical" if worst else "warning" if bad else None
        for worst, bad in zip(shock | crash, warning, strict=True)
    ]


def _detail(fall: Fall, column: int) -> str:
    """One sentence: how deep, against what, by which measure, and what was left of it at the close."""
    before, lowest, close, size, z = (
        float(values[column]) for values in (fall.before, fall.lowest, fall.close, fall.size, fall.z)
    )
    measured = f"z {z:.1f}" if np.isfinite(z) else "no volatility to measure it by"
    depth = f"{-size:.1%} below the previous adjusted close {before:,.6g} ({measured})"
    if fall.low_missing[column]:
        return f"close {close:,.6g}, {depth}; no low was delivered, so the fall within the day is not known"
    if np.isnan(close):
        return f"low {lowest:,.6g}, {depth}; no close was delivered"
    recovery = (close - lowest) / (before - lowest)
    ending = f"closed at {close:,.6g} ({close / before - 1:+.1%}), {recovery:.0%} recovered"
    return f"low {lowest:,.6g}, {depth}; {ending}"
