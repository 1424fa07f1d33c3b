"""The covariance of returns: shrunk, so that few sessions do not make it singular, or as it is."""

from collections.abc import Callable, Mapping

import numpy as np

from quant.market.panel import Floats
from quant.policy.policy import Covariance


def sample(returns: Floats) -> Floats:
    """The sample covariance (ddof 1) of `returns` (sessions, symbols), as textbooks have it.

    Unbiased, and without an inverse where there are no more sessions than symbols. NaN in, NaN out.
    """
    return np.atleast_2d(np.cov(returns, rowvar=False))


def ledoit_wolf(returns: Floats) -> Floats:
    """The covariance of `returns` (sessions, symbols), shape (symbols, symbols), in their unit squared.

    (1 - δ) S + δ m I: S the sample covariance (ddof 0), m its mean variance, and δ what makes the expected
    distance from the true covariance smallest. NaN in, NaN out. Ledoit and Wolf, A Well-Conditioned Estimator
    for Large-Dimensional Covariance Matrices, Journal of Multivariate Analysis 88 (2004). As scikit-learn's,
    whose import takes half a second.
    """
    centred = returns - returns.mean(axis=0)
    sessions, symbols = centred.shape
    sample = centred.T @ centred / sessions
    mean = np.trace(sample) / symbols
    distance = np.sum(sample**2) - symbols * mean**2
    scatter = (np.sum(np.sum(centred**2, axis=1) ** 2) / sessions - np.sum(sample**2)) / sessions
    shrinkage = min(scatter / distance, 1.0) if distance > 0 else 0.0
    shrunk: Floats = (1 - shrinkage) * sample + shrinkage * mean * np.eye(symbols)
    return shrunk


ESTIMATORS: Mapping[Covariance, Callable[[Floats], Floats]] = {"ledoit_wolf": ledoit_wolf, "sample": sample}
"""By the name that [risk] `covariance` gives them."""
