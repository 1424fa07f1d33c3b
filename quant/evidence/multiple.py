"""Tests of many results at once against doing nothing, by the stationary bootstrap of the library `arch`.

White, A Reality Check for Data Snooping (2000); Hansen, A Test for Superior Predictive Ability (2005); Romano
and Wolf, Stepwise Multiple Testing as Formalized Data Snooping (2005); Hansen, Lunde and Nason, The Model
Confidence Set (2011).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from arch.bootstrap import MCS, SPA, StepM, optimal_block_length

from quant.market.panel import Floats

REPETITIONS = 1000
LEVEL = 0.05
SET_LEVEL = 0.10
"""Of the model confidence set."""


@dataclass(frozen=True)
class Superior:
    """Whether the best of several results beats doing nothing; p-values.

    `reality_check` is White's. `lower`, `consistent` and `upper` are Hansen's, of which `consistent` is the
    one to read. `beat` names those that do by the stepwise test at 5%, `confidence_set` those that are not
    worse than the best at 10%. But for White's, results are divided by their standard deviations first:
    arch's own switch for that (`studentize`) changes none of its p-values.
    """

    reality_check: float
    lower: float
    consistent: float
    upper: float
    beat: tuple[str, ...]
    confidence_set: tuple[str, ...]


def superior(returns: Floats, names: Sequence[str], seed: int, repetitions: int = REPETITIONS) -> Superior:
    """Of `returns`, shape (periods, results), in the order of `names`, without NaN.

    Equal seeds give equal answers.
    """
    raw, even = (
        pd.DataFrame(-one, columns=[*names]) for one in (returns, returns / returns.std(axis=0, ddof=1))
    )
    nothing, block = np.zeros(len(returns)), block_length(returns)
    white, hansen = (
        SPA(nothing, frame, block_size=block, reps=repetitions, seed=seed) for frame in (raw, even)
    )
    white.compute()
    hansen.compute()
    steps = StepM(nothing, even, size=LEVEL, block_size=block, reps=repetitions, seed=seed)
    steps.compute()
    kept: Sequence[str] = [*names]
    if len(names) > 1:
        # "R", its other method, fails where the differences of two pairs are the same, as of x, -x and y, -y.
        models = MCS(even, size=SET_LEVEL, method="max", block_size=block, reps=repetitions, seed=seed)
        models.compute()
        kept = [str(name) for name in models.included]
    return Superior(
        float(white.pvalues["upper"]), float(hansen.pvalues["lower"]), float(hansen.pvalues["consistent"]),
        float(hansen.pvalues["upper"]), tuple(str(name) for name in steps.superior_models),
        tuple(name for name in names if name in kept),
    )  # fmt: skip


def block_length(values: Floats) -> int:
    """The mean block length of the stationary bootstrap: the largest that any column asks for, at least 1.

    Politis and White (2004), corrected by Patton, Politis and White (2009).
    """
    asked = optimal_block_length(values)["stationary"].to_numpy()
    return max(1, int(np.ceil(np.nanmax(asked)))) if np.isfinite(asked).any() else 1
