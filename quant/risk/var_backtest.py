"""Whether a value at risk was right: how often it was breached, against how often it should have been."""

from math import erfc, log, sqrt

import numpy as np
import numpy.typing as npt

from quant.market.panel import Floats


def rolling_breaches(losses: Floats, window: int) -> npt.NDArray[np.bool_]:
    """Which losses exceed the VaR 95% of the `window` sessions before them, shape (sessions - window,).

    `losses` (sessions,) are shares of value, loss positive, without NaN. The VaR is the upper quantile of
    quant/risk/measures.py and knows nothing of the session that it is compared with.
    """
    windows = np.lib.stride_tricks.sliding_window_view(losses[:-1], window)
    var = np.quantile(windows, 0.95, axis=1, method="higher")
    found: npt.NDArray[np.bool_] = losses[window:] > var
    return found


def kupiec_p(breaches: int, sessions: int, probability: float) -> float:
    """The p-value of a number of breaches when each session breaches with `probability`, two-sided.

    The proportion-of-failures test: the likelihood ratio against breaches ÷ sessions has a chi-squared
    distribution with one degree of freedom (Kupiec, "Techniques for Verifying the Accuracy of Risk
    Measurement Models", Journal of Derivatives 3(2), 1995).
    """

    def likelihood(rate: float) -> float:
        """The logarithm; 0 * log 0 is 0."""
        calm = sessions - breaches
        return (breaches * log(rate) if breaches else 0.0) + (calm * log(1 - rate) if calm else 0.0)

    ratio = 2 * (likelihood(breaches / sessions) - likelihood(probability))
    return erfc(sqrt(max(ratio, 0.0) / 2))
