"""The drift burst statistic of any sampling, and its critical values.

Source: Christensen, K., Oomen, R. and Renò, R. (2022), The drift burst hypothesis, Journal of Econometrics
227. With returns r(i) that begin at s(i), a left-sided exponential kernel K(x) = exp(x), x ≤ 0, bandwidths h
for the mean and h' for the variance, and Parzen weights w up to lag L,

    μ(t) = Σ K((s(i) - t) ÷ h) r(i) ÷ h
    σ²(t) = (Σ k(i)² + 2 Σ w(j ÷ L) Σ k(i) k(i-j)) ÷ h',   k(i) = K((s(i) - t) ÷ h') r(i)
    T(t) = √h μ(t) ÷ σ(t)
"""

import numpy as np

from quant.intraday.saved import Floats

MAX_LAG = 20


def statistic(
    returns: Floats, begins: Floats, tests: Floats, mean: float, variance: float, lag: int | None = None
) -> tuple[Floats, Floats, Floats]:
    """T, μ and σ² at each time of `tests`, all of its shape, from the returns that have ended by then.

    `returns` and `begins` have one element more in time than returns: `begins` holds the time at which each
    return begins and, last, that at which the last one ends. `lag` None: chosen anew at each test. NaN where
    there are no more returns than lags.
    """
    found = np.full((3, len(tests)), np.nan)
    for place, test in enumerate(tests):
        count = int(np.searchsorted(begins, test, side="right")) - 1
        past, age = returns[:count], begins[:count] - test
        weights = np.exp(age / mean)
        chosen = min(automatic_lag(past, float(weights.sum())), MAX_LAG) if lag is None else lag
        if count > chosen:
            found[1, place] = _dot(weights, past) / mean
            found[2, place] = long_run(np.exp(age / variance) * past, chosen) / variance
    found[0] = np.sqrt(mean) * found[1] / np.sqrt(found[2])
    return found[0], found[1], found[2]


def parzen(lag: int) -> Floats:
    """Weights of the lags 1 to `lag`: 1 - 6x² + 6x³ up to x = ½, then 2 (1 - x)³, x = j ÷ lag."""
    x = np.arange(1, lag + 1) / lag
    return np.asarray(np.where(x <= 0.5, 1 - 6 * x**2 + 6 * x**3, 2 * (1 - x) ** 3))


def long_run(values: Floats, lag: int) -> float:
    """Σ v² + 2 Σ w(j) Σ v(i) v(i-j)."""
    crossed = [_dot(values[j:], values[:-j]) for j in range(1, lag + 1)]
    return _dot(values, values) + 2 * float(parzen(lag) @ crossed if lag else 0.0)


def _dot(one: Floats, other: Floats) -> float:
    """Σ a b of long arrays on one core: the library's own product takes all cores for a moment's work."""
    return float(np.einsum("i,i->", one, other))


def automatic_lag(returns: Floats, effective: float) -> int:
    """The lag of Newey and West (1994) for a Parzen kernel, under moving-average noise of the price.

    `effective`: how many returns the mean averages over. Autocovariances of the noise follow from those of
    the returns by summing twice (Barndorff-Nielsen, Hansen, Lunde and Shephard 2009).
    """
    order = round(4 * (effective / 100) ** (4 / 25))
    count = len(returns)
    if count <= order + 1:
        return MAX_LAG
    covariance = np.array([_dot(returns[j:], returns[:-j]) / (count - j) for j in range(1, order + 2)])
    noise = [-np.arange(1, order + 2 - j) @ covariance[j:] for j in range(order + 1)]
    total = noise[0] + 2 * sum(noise[1:])
    curvature = -2 * (np.arange(1, order + 1) ** 2) @ np.array(noise[1:])
    chosen: float = 2.6614 * float((curvature / total) ** 2 * effective) ** 0.2
    return round(chosen)


def critical_value(tests: int, correlation: float, confidence: float) -> float:
    """What the largest |T| of so many tests stays below with this probability, without a drift burst.

    T is then close to a standard normal autoregression of order 1 with this autocorrelation (section 3 of the
    paper, which simulates it). Here the probability is computed: the density of T(1), ..., T(m) all within
    ±c is carried from test to test by Gauss-Legendre quadrature, and c is found by halving.
    """
    low, high = 0.0, 10.0
    while high - low > 1e-9:
        bound = (low + high) / 2
        low, high = (bound, high) if _within(bound, tests, correlation) < confidence else (low, bound)
    return high


def normalised(bound: float, tests: int) -> float:
    """A critical value in the units of the limit for independent tests: (c - b) √(2 ln m)."""
    root = np.sqrt(2 * np.log(tests))
    return float((bound - root + np.log(np.pi * np.log(tests)) / (2 * root)) * root)


def _within(bound: float, tests: int, correlation: float) -> float:
    """The probability that all tests lie within ±bound."""
    points, weights = np.polynomial.legendre.leggauss(64)
    points, weights = points * bound, weights * bound
    spread = 1 - correlation**2
    apart = points[:, None] - correlation * points[None, :]
    step = np.exp(-(apart**2) / (2 * spread)) / np.sqrt(2 * np.pi * spread) * weights
    density = np.exp(-(points**2) / 2) / np.sqrt(2 * np.pi)
    for _ in range(tests - 1):
        density = step @ density
    return float(weights @ density)
