"""Models that tilt the target weights around the strategic ones, one file each, found by name.

A model file defines

- `SETTINGS`: the keys of [allocation] that it reads beside model, tilt and refit, each with an example where
  the model cannot do without it, else None;
- `INVESTED`: True where its weights sum to the strategic sum, False where it may hold less, the rest in cash;
- `window(policy) -> int`: the sessions of returns that it reads;
- `weights(problem) -> Floats`: the weights that it wants, shape (symbols,), inside the limits or not: what
  lies outside is moved to the nearest weights inside (`quant.tilts`). Raises FitError where it finds none.

tests/contract/test_allocation.py covers every file here.
"""

from dataclasses import dataclass

from quant.market.panel import Floats
from quant.policy.policy import AllocationPolicy


@dataclass(frozen=True)
class Problem:
    """What a model decides on.

    `returns` (sessions, symbols) are daily simple total returns in the portfolio's currency, oldest first,
    without NaN. `strategic`, `lower` and `upper` (symbols,) are shares of value; lower is at most
    strategic, upper at least.
    """

    returns: Floats
    strategic: Floats
    lower: Floats
    upper: Floats
    policy: AllocationPolicy
