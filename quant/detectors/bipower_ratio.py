"""The jump test of Barndorff-Nielsen and Shephard over the session so far: the daily confirmation.

Source: Barndorff-Nielsen, O. and Shephard, N. (2006), Econometrics of testing for jumps, Journal of
Financial Econometrics 4; the ratio form with its maximum as in Huang, X. and Tauchen, G. (2005). Over the
session's n returns r without the time of day:

    RV = Σ r²,   BV = (π/2) n ÷ (n-1) Σ |r(i)| |r(i-1)|
    TP = n μ⁻³ n ÷ (n-2) Σ (|r(i)| |r(i-1)| |r(i-2)|)^(4/3),   μ = 2^(2/3) Γ(7/6) ÷ Γ(1/2)
    z = (1 - BV ÷ RV) ÷ √(((π/2)² + π - 5) ÷ n × max(1, TP ÷ BV²))

Without a jump z is about standard normal, and it grows with the share of the variance that came in jumps. It
has no sign, so it confirms an alert and causes none.
"""

from dataclasses import dataclass
from math import gamma, pi

import numpy as np

from quant.detectors import Measure, Role, levels
from quant.intraday.saved import Arrays, Floats, filled
from quant.intraday.tape import Minute

ROLE: Role = "evidence"
MU = 2 ** (2 / 3) * gamma(7 / 6) / gamma(1 / 2)


@dataclass(frozen=True)
class Parameters:
    """`minimum`: returns before z is computed; `critical`: the 99% quantile of a standard normal."""

    minimum: int = 30
    critical: float = 2.326


def begin(symbols: int, parameters: Parameters) -> Arrays:  # noqa: ARG001 - as of every detector
    """The sums of the session, and its last two returns."""
    zeros = {name: np.zeros(symbols) for name in ("count", "squares", "products", "triples")}
    return zeros | {name: np.full(symbols, np.nan) for name in ("last", "second")}


def update(minute: Minute, memory: Arrays, parameters: Parameters) -> Measure:
    """Z of the session so far; NaN before `minimum` returns, or where no price has moved."""
    if minute.number == 0:
        for name, array in memory.items():
            array[:] = np.nan if name in {"last", "second"} else 0.0
    _add(np.abs(minute.scaled), memory)
    value = _ratio(memory, parameters.minimum)
    return Measure(value, levels(np.zeros(len(value), bool), value > parameters.critical))


def _add(size: Floats, memory: Arrays) -> None:
    known = ~np.isnan(size)
    memory["count"] += known
    memory["squares"] += filled(size**2)
    memory["products"] += filled(size * memory["last"])
    memory["triples"] += filled((size * memory["last"] * memory["second"]) ** (4 / 3))
    memory["second"][:] = np.where(known, memory["last"], memory["second"])
    memory["last"][:] = np.where(known, size, memory["last"])


def _ratio(memory: Arrays, minimum: int) -> Floats:
    count = np.where((memory["count"] >= minimum) & (memory["products"] > 0), memory["count"], np.nan)
    bipower = (pi / 2) * count / (count - 1) * memory["products"]
    tripower = count**2 / (count - 2) * memory["triples"] / MU**3
    spread = ((pi / 2) ** 2 + pi - 5) / count * np.maximum(1, tripower / bipower**2)
    return np.asarray((1 - bipower / memory["squares"]) / np.sqrt(spread))
