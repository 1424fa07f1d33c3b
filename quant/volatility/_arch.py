"""What GARCH and GJR-GARCH share: the returns that are fitted, when they are, and how the variance goes on.

Estimated by the library `arch`: constant mean, normal innovations, maximum likelihood. Returns are simple
total returns in percent between consecutive accepted closes, rounded to 1e-8 percent: a total-return index is
known up to a factor (every later distribution changes it), and the last bits of that factor must not move an
optimiser.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from quant.panel import Floats, Panel
from quant.returns import ANNUALISATION, accepted

MONTH = 24
"""Prices: no month has more than 23 sessions, and the first return needs the close before."""


@dataclass(frozen=True)
class Parameters:
    """`sessions`: the most returns fitted, `minimum`: the fewest.

    `monthly`: fitted up to the last session of the previous month, and the returns since then go through the
    recursion with these estimates; else fitted up to the last session itself.
    """

    sessions: int = 756
    minimum: int = 250
    monthly: bool = True


ON_DEMAND = Parameters(sessions=7560, monthly=False)
"""All the history that there is, of 30 years at most: what arch finds of the same returns."""


@dataclass(frozen=True)
class Fit:
    """`estimates` by arch's names, for returns in percent; empty where the fit did not converge.

    `variance` is the conditional one of the last fitted session, in percent squared, and `residual` that
    session's return above the mean.
    """

    observations: int
    converged: bool = False
    estimates: Mapping[str, float] = field(default_factory=dict)
    variance: float = np.nan
    residual: float = np.nan

    def forecast(self, since: Floats) -> float:
        """The variance of the session that comes after the returns `since` the fit; NaN without a fit."""
        if not self.converged:
            return np.nan
        omega, alpha, beta = (self.estimates[name] for name in ("omega", "alpha[1]", "beta[1]"))
        gamma, variance = self.estimates.get("gamma[1]", 0.0), self.variance
        for residual in (self.residual, *(since - self.estimates["mu"]).tolist()):
            shock = alpha + gamma if residual < 0 else alpha
            variance = omega + shock * residual**2 + beta * variance
        return variance


def lookback(parameters: Parameters) -> int:
    return parameters.sessions + MONTH


def window(parameters: Parameters) -> int | None:  # noqa: ARG001  the weights fade, whatever the parameters
    return None


def annualised(panel: Panel, parameters: Parameters, asymmetry: int) -> Floats:
    """√(forecast of the next session's variance * 252), shape (symbols,).

    NaN where there are too few returns, they are all equal, or the fit does not converge. `asymmetry` is the
    number of terms for losses alone: 0 is GARCH, 1 GJR-GARCH.
    """
    variances = [fit.forecast(since) for fit, since in _fits(panel, parameters, asymmetry)]
    return np.sqrt(variances) / 100 * ANNUALISATION


def fitted(panel: Panel, parameters: Parameters, asymmetry: int) -> list[dict[str, Any]]:
    """Of each symbol the estimates, the number of returns fitted, and whether the fit converged."""
    return [
        {**fit.estimates, "observations": fit.observations, "converged": fit.converged}
        for fit, _ in _fits(panel, parameters, asymmetry)
    ]


def _fits(panel: Panel, parameters: Parameters, asymmetry: int) -> Iterator[tuple[Fit, Floats]]:
    """The fit of each symbol, and its returns since then."""
    rows = len(panel.sessions)
    if parameters.monthly:
        month = panel.sessions[-1:].astype("datetime64[M]").astype(panel.sessions.dtype)
        rows = int(np.searchsorted(panel.sessions, month[0]))
    first = max(rows - parameters.sessions - 1, 0)
    for closes in accepted(panel.total[first:]).T:
        known = ~np.isnan(closes)
        prices = closes[known]
        returns = np.round(100 * (prices[1:] / prices[:-1] - 1), 8)
        count = max(int(np.count_nonzero(known[: rows - first])) - 1, 0)
        enough = count >= parameters.minimum
        yield fit(returns[:count].tobytes(), asymmetry) if enough else Fit(count), returns[count:]


@lru_cache(maxsize=1024)  # daily runs of several portfolios, and what asks twice for one month's fit
def fit(percent: bytes, asymmetry: int) -> Fit:
    """The maximum of the likelihood of returns (the bytes of an array of them, in percent).

    From the starting values that arch finds by variance targeting: from the fit of the month before it would
    depend on that one's start, and so on back to the first run.
    """
    from arch.univariate import GARCH, ConstantMean  # noqa: PLC0415  a second, paid by those who fit alone

    returns = np.frombuffer(percent)
    if np.ptp(returns) == 0:
        return Fit(len(returns))
    model = ConstantMean(returns, volatility=GARCH(p=1, o=asymmetry, q=1), rescale=True)
    result = model.fit(disp="off", show_warning=False)
    if result.convergence_flag != 0:
        return Fit(len(returns))
    # Returns of very calm markets are fitted ten or a hundred times as large: arch's `rescale`.
    units: dict[object, float] = {"mu": result.scale, "omega": result.scale**2}
    return Fit(
        len(returns),
        converged=True,
        estimates={str(name): float(value) / units.get(name, 1.0) for name, value in result.params.items()},
        variance=float(result.conditional_volatility[-1] / result.scale) ** 2,
        residual=float(result.resid[-1] / result.scale),
    )
