"""The money-weighted return: what the money that was there has earned, more of it counting more."""

import numpy as np
from scipy.optimize import brentq

from quant.market.panel import Floats

MOST = np.log(1e6)
"""Growth over a stretch, as a logarithm: one is looked for from a millionth to a million times."""


def internal_rate(begin: float, end: float, flows: Floats, times: Floats) -> float:
    """The simple return over a stretch at which `begin`, and each flow from its time on, become `end`.

    `flows` (flows,) are paid in, below 0 taken out; `times` (flows,) are the part of the stretch that had
    passed by then, 0 to 1. What one unit becomes in a part p of the stretch is (1 + return) ^ p: the internal
    rate of return, which the Global Investment Performance Standards (CFA Institute, 2020) call for where a
    money-weighted return is shown; found by Brent's method (scipy). NaN where no rate does it.
    """
    paid = np.concatenate([[begin], flows, [-end]])
    left = 1 - np.concatenate([[0.0], times, [1.0]])

    def lacking(growth: float) -> float:
        return float(paid @ np.exp(growth * left))

    if not (np.isfinite(paid).all() and lacking(-MOST) * lacking(MOST) < 0):
        return float("nan")
    return float(np.expm1(brentq(lacking, -MOST, MOST, xtol=1e-14)))


def modified_dietz(begin: float, end: float, flows: Floats, times: Floats) -> float:
    """The gain as a share of what was there on average, each flow for the part of the time that it was.

    Arguments as of `internal_rate`. (end − begin − Σ flows) ÷ (begin + Σ (1 − time) × flow): Dietz, Pension
    Funds: Measuring Investment Performance (1966), weighted by days. NaN where nothing was there on average.
    """
    there = begin + float((1 - times) @ flows)
    return (end - begin - float(flows.sum())) / there if there > 0 else float("nan")
