"""The target weights in force: those of the portfolio file, or a model's that tilts around them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np

from quant import allocation
from quant.allocation import Problem
from quant.errors import FitError
from quant.market.panel import Days, Floats
from quant.market.returns import previous, simple_returns
from quant.market.schedule import period_start
from quant.plugins import discover
from quant.policy.policy import FIXED, LONGEST_WINDOW, AllocationPolicy, Target
from quant.tilts import limits, settled

LOOKBACK = LONGEST_WINDOW + 68
"""Closes: no quarter has more than 66 sessions, and the first return needs the close before."""
ENOUGH = 0.9
"""The share of a window's returns without which nothing is fitted."""


@dataclass(frozen=True)
class Allocation:
    """The weights of the targets, in their order, as shares of value; `target` is in force.

    `reason` says why a model's weights are not (status "fallback"); `fitted_on` is the last session that
    the model read, or would have read.
    """

    status: Literal["fixed", "applied", "fallback"]
    strategic: Floats
    target: Floats
    fitted_on: date | None = None
    reason: str | None = None


def allocate(
    policy: AllocationPolicy, targets: Sequence[Target], worth: Floats, days: Days, *, filled: bool = False
) -> Allocation:
    """What `policy` makes of `targets`, from prices up to the first session of the month or quarter alone.

    `worth` is a total-return index of each target in the portfolio's currency on `days`, the portfolio's
    sessions, shape (days, targets), NaN where a close is missing: there a target has no return, with `filled`
    one of 0. The same prices give the same weights, to
    the last digit. A model that finds none leaves the strategic weights in force and says so.
    """
    if policy.model == FIXED:
        return fixed(targets)
    strategic = np.array([target.weight for target in targets])
    rows = period_start(days, policy.refit) + 1
    fitted_on = days[rows - 1].item()
    window = discover(allocation)[policy.model].window(policy)
    try:
        returns = _returns(worth[:rows], targets, window, filled=filled)
        weights = np.array(_weights(policy, tuple(targets), returns.tobytes()))
    except FitError as error:
        return Allocation("fallback", strategic, strategic, fitted_on, str(error))
    return Allocation("applied", strategic, weights, fitted_on)


def fixed(targets: Sequence[Target]) -> Allocation:
    """The strategic weights, which no model changes."""
    strategic = np.array([target.weight for target in targets])
    return Allocation("fixed", strategic, strategic)


def _returns(worth: Floats, targets: Sequence[Target], window: int, *, filled: bool) -> Floats:
    """The last `window` simple returns; sessions on which a target has none are left out.

    Rounded to 1e-10: an index is known up to a factor, whose last bits must not move an optimiser.
    """
    known = ~np.isnan(worth) & ~np.isnan(previous(worth))
    for target, count in zip(targets, np.count_nonzero(known[-window:], axis=0).tolist(), strict=True):
        if count < ENOUGH * window:
            raise FitError(f"{target.symbol} has {count} of the {window} returns that the model reads")
    returns = simple_returns(worth)
    returns = (returns if filled else np.where(np.isnan(worth), np.nan, returns))[-window:]
    return np.round(returns[~np.isnan(returns).any(axis=1)], 10)


@lru_cache(maxsize=256)  # each step of a run asks, and daily runs of one month ask for the same fit
def _weights(policy: AllocationPolicy, targets: tuple[Target, ...], returns: bytes) -> tuple[float, ...]:
    """The weights of the policy's model; `returns` are the bytes of an array (sessions, targets)."""
    model = discover(allocation)[policy.model]
    strategic = np.array([target.weight for target in targets])
    tilt = np.array([policy.tilt_of(target) for target in targets])
    history = np.frombuffer(returns).reshape(-1, len(targets))
    wanted = model.weights(Problem(history, strategic, *limits(strategic, tilt), policy))
    if not np.isfinite(wanted).all():
        raise FitError("the model found a weight that is no number")
    return tuple(settled(wanted, strategic, tilt, invested=model.INVESTED).tolist())
