"""Whether a value at risk was right: how often it was breached, and whether breaches came together."""

from dataclasses import dataclass
from math import erfc, exp, log, sqrt

import numpy as np
import numpy.typing as npt

from quant.market.panel import Floats

Breaches = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Likelihood:
    """A likelihood ratio, and how likely one as large is if the model is right; NaN where not known."""

    ratio: float
    p: float


def rolling_breaches(losses: Floats, window: int, level: float = 0.95) -> Breaches:
    """Which losses exceed the VaR of the `window` sessions before them, shape (sessions - window,).

    `losses` (sessions,) are shares of value, loss positive, without NaN. The VaR is the upper quantile of
    quant/risk/measures.py and knows nothing of the session that it is compared with.
    """
    windows = np.lib.stride_tricks.sliding_window_view(losses[:-1], window)
    var = np.quantile(windows, level, axis=1, method="higher")
    found: Breaches = losses[window:] > var
    return found


def kupiec(breaches: int, sessions: int, probability: float) -> Likelihood:
    """Whether so many breaches are usual when each session breaches with `probability`, two-sided.

    The proportion-of-failures test: the likelihood ratio against breaches ÷ sessions has a chi-squared
    distribution with one degree of freedom (Kupiec, "Techniques for Verifying the Accuracy of Risk
    Measurement Models", Journal of Derivatives 3(2), 1995).
    """
    calm = sessions - breaches
    ratio = 2 * (_likelihood(breaches, calm, breaches / sessions) - _likelihood(breaches, calm, probability))
    return _one_degree(ratio)


def independence(breaches: Breaches) -> Likelihood:
    """Whether a breach is as likely after a breach as after a calm session.

    The first-order Markov test: chi-squared with one degree of freedom (Christoffersen, Evaluating Interval
    Forecasts, International Economic Review 39, 1998). NaN without a breach, or where all are.
    """
    before, after = breaches[:-1], breaches[1:]
    stays, falls = int((~before & ~after).sum()), int((~before & after).sum())
    ends, again = int((before & ~after).sum()), int((before & after).sum())
    if not (breaches.any() and (~breaches).any() and len(before)):
        return Likelihood(float("nan"), float("nan"))
    rate = (falls + again) / len(before)
    apart = _likelihood(falls, stays, _rate(falls, stays)) + _likelihood(again, ends, _rate(again, ends))
    return _one_degree(2 * (apart - _likelihood(falls + again, stays + ends, rate)))


def coverage(breaches: Breaches, probability: float) -> Likelihood:
    """Both at once: the right number, and none that follows from another (conditional coverage).

    The sum of the two ratios: chi-squared with two degrees of freedom (Christoffersen, 1998).
    """
    number = kupiec(int(breaches.sum()), len(breaches), probability)
    ratio = number.ratio + independence(breaches).ratio
    return Likelihood(ratio, exp(-ratio / 2))


def _likelihood(breaches: int, calm: int, rate: float) -> float:
    """The logarithm; 0 * log 0 is 0."""
    return (breaches * log(rate) if breaches else 0.0) + (calm * log(1 - rate) if calm else 0.0)


def _rate(breaches: int, calm: int) -> float:
    return breaches / (breaches + calm) if breaches + calm else 0.0


def _one_degree(ratio: float) -> Likelihood:
    return Likelihood(max(ratio, 0.0), erfc(sqrt(max(ratio, 0.0) / 2)))
