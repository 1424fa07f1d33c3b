"""Fits of GARCH and GJR-GARCH, and which of them are known already.

Estimated by the library `arch`: constant mean, normal innovations, maximum likelihood. A fit depends on its
returns, the model, the libraries and this file alone: tasks/snapshot/fits.py keeps fits by exactly these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

import numpy as np

from quant.market.panel import Floats

Key = tuple[str, int, str]
"""A symbol, the terms for losses alone (0: GARCH, 1: GJR-GARCH), and the SHA-256 of its returns' bytes."""


@dataclass(frozen=True)
class Fit:
    """`estimates` by arch's names, for returns in percent; empty where the fit did not converge.

    `variance` is the conditional one of the last fitted session, in percent squared, and `residual` that
    session's return above the mean; both NaN without a fit.
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


@dataclass(frozen=True)
class Fits:
    """The fits that are `known`, and those `made` because they were not."""

    known: Mapping[Key, Fit] = field(default_factory=dict)
    made: dict[Key, Fit] = field(default_factory=dict)

    def of(self, symbol: str, percent: Floats, asymmetry: int) -> Fit:
        """The fit of a symbol's returns, in percent."""
        returns = percent.tobytes()
        key = (symbol, asymmetry, sha256(returns).hexdigest())
        if key not in self.known and key not in self.made:
            self.made[key] = fit(returns, asymmetry)
        return self.known.get(key) or self.made[key]


@lru_cache(maxsize=1024)  # symbols that portfolios share, replays, and what asks twice for one month's fit
def fit(percent: bytes, asymmetry: int) -> Fit:
    """The maximum of the likelihood of returns (the bytes of an array of them, in percent).

    From the starting values that arch finds by variance targeting: from the fit of the month before it would
    depend on that one's start, and so on back to the first run.
    """
    returns = np.frombuffer(percent)
    result = solved(returns, asymmetry)
    if result is None:
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


def solved(returns: Floats, asymmetry: int) -> Any:
    """What arch finds of returns in percent; None where they are all equal, or it does not converge."""
    from arch.univariate import GARCH, ConstantMean  # noqa: PLC0415  a second, paid by those who fit alone

    if np.ptp(returns) == 0:
        return None
    model = ConstantMean(returns, volatility=GARCH(p=1, o=asymmetry, q=1), rescale=True)
    result = model.fit(disp="off", show_warning=False)
    return None if result.convergence_flag != 0 else result


def inference(returns: Floats, asymmetry: int) -> dict[str, float]:
    """How well a fit of returns in percent describes them: `loglikelihood`, `aic`, `bic`, standard errors.

    The errors are called `std_err[NAME]` by the names of the estimates, and are robust to other innovations
    than normal ones (Bollerslev and Wooldridge, Econometric Reviews 11, 1992). Empty without a fit.
    """
    result = solved(returns, asymmetry)
    if result is None:
        return {}
    # The density of returns that were fitted larger is smaller by as much.
    likelihood = float(result.loglikelihood) + len(returns) * float(np.log(result.scale))
    units: dict[object, float] = {"mu": result.scale, "omega": result.scale**2}
    count = len(result.params)
    return {
        "loglikelihood": likelihood,
        "aic": 2 * count - 2 * likelihood,
        "bic": float(np.log(len(returns))) * count - 2 * likelihood,
        **{f"std_err[{name}]": float(error) / units.get(name, 1.0) for name, error in result.std_err.items()},
    }
