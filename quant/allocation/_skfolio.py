"""What the models share that the library skfolio computes: estimators, limits and what can go wrong."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quant.allocation import Problem
from quant.errors import FitError
from quant.market.panel import Floats
from quant.policy.policy import AllocationPolicy

SETTINGS: Mapping[str, str | None] = {"window": None}
INVESTED = True


def window(policy: AllocationPolicy) -> int:
    """A year, where the portfolio file says nothing."""
    return policy.window or 252


def optimised(
    model: str,
    problem: Problem,
    *,
    limited: bool = True,
    objective: str | None = None,
    expected: str = "mean",
    **parameters: Any,
) -> Floats:
    """The weights of skfolio's optimisation `model`, from the covariance after Ledoit and Wolf (2004).

    `limited`: inside the limits already; else only not negative. `objective` is one of skfolio's
    ObjectiveFunction; `expected` how returns are expected, as `AllocationPolicy.expected_return` names it.
    Solved by Clarabel.

    Raises:
        FitError: it has not converged, or says why it cannot.
    """
    from skfolio import optimization  # noqa: PLC0415  seconds, paid by those who ask for such a model
    from skfolio.exceptions import SkfolioError  # noqa: PLC0415
    from skfolio.moments import EmpiricalMu, LedoitWolf, ShrunkMu, ShrunkMuMethods  # noqa: PLC0415
    from skfolio.prior import EmpiricalPrior  # noqa: PLC0415

    budget = float(problem.strategic.sum())
    limits = {"min_weights": problem.lower / budget, "max_weights": problem.upper / budget} if limited else {}
    if objective is not None:
        parameters["objective_function"] = optimization.ObjectiveFunction[objective]
    shrunk = None if expected == "mean" else ShrunkMuMethods[expected.upper()]
    mean = EmpiricalMu() if shrunk is None else ShrunkMu(LedoitWolf(), method=shrunk)
    prior = EmpiricalPrior(mu_estimator=mean, covariance_estimator=LedoitWolf())
    estimator = getattr(optimization, model)(prior_estimator=prior, **limits, **parameters)
    percent = 100 * problem.returns  # the solver's tolerances are absolute: daily variances are smaller
    try:
        with np.errstate(all="ignore"):
            found: Floats = np.asarray(estimator.fit(percent).weights_) * budget
    except (SkfolioError, ValueError) as error:
        raise FitError(f"{model} has not converged ({_sentence(error)})") from None
    return found


def _sentence(error: Exception) -> str:
    """The beginning of what a library says, on one line."""
    return " ".join(str(error).split())[:120].split(". ")[0].rstrip(".") or type(error).__name__
