"""What is wrong with a rebalancing policy as a whole: each mistake is one sentence."""

import difflib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from quant import triggers
from quant.errors import InputError
from quant.plugins import discover
from quant.policy.policy import AssetClass, Policy, Target
from quant.policy.when import Expression, parse

NUMBERS = {"total_drift": "0.05", "volatility_band": "2.0", "cash_flow": "0.02"}
"""The triggers that need a number of their own, each with an example."""
BANDS = frozenset({"band", "class_band", "no_target", "volatility_band"})
"""The triggers that say how far a single symbol or class should move."""


def check_rebalance(
    path: Path, policy: Policy, targets: Sequence[Target], classes: Sequence[AssetClass]
) -> None:
    """Refuse a policy that cannot be read, contradicts itself or has a key without effect.

    Raises:
        InputError: naming the file, the key and what is allowed.
    """
    for problem in chain(_when(policy), _destination(policy), _classes(targets, classes)):
        raise InputError(f"{path}: {problem}")


def _when(policy: Policy) -> Iterator[str]:
    known = [*discover(triggers)]
    shown = f"rebalance.when = {policy.when!r}"
    allowed = f"Join {', '.join(known)} by and, or and parentheses."
    try:
        when = parse(policy.when)
    except ValueError as error:
        yield f"{shown}: {error}. {allowed}"
        return
    for name in sorted(when.names - {*known}):
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        yield f"{shown}: {name!r} is no trigger{hint} {allowed}"
    yield from _numbers(policy, when)
    if policy.calendar == "none" and not when.holds({name: name != "calendar" for name in when.names}):
        yield f"{shown} is never met while calendar = 'none'. Set calendar = \"monthly\", or leave it out."


def _numbers(policy: Policy, when: Expression) -> Iterator[str]:
    """A trigger with a number that is not named, or named without its number."""
    for name, example in NUMBERS.items():
        value = getattr(policy, name)
        if name in when.names and value is None:
            yield f"rebalance.when names {name}, which is not set. Add {name} = {example}."
        if name not in when.names and value is not None:
            yield _without_effect(name, value, policy.when)
    if policy.calendar != "none" and "calendar" not in when.names:
        yield _without_effect("calendar", policy.calendar, policy.when)


def _without_effect(name: str, value: object, when: str) -> str:
    return (
        f"rebalance.{name} = {value!r} has no effect, because rebalance.when does not name {name}. "
        f'Write when = "{when} or {name}", or remove the key.'
    )


def _destination(policy: Policy) -> Iterator[str]:
    distance, names = policy.distance, parse(policy.when).names
    if policy.destination == "distance" and distance is None:
        yield "rebalance.destination = 'distance' needs how far from the target. Add distance = 0.0175."
    if policy.destination != "distance" and distance is not None:
        yield (
            f"rebalance.distance = {distance:g} has no effect with destination = {policy.destination!r}. "
            'Set destination = "distance", or remove the key.'
        )
    if distance is not None and distance > policy.band_absolute and "volatility_band" not in names:
        yield (
            f"rebalance.distance = {distance:g} lies outside band_absolute = {policy.band_absolute:g}. "
            "Choose a distance of at most the band."
        )
    by_cash = policy.cash_first and "cash_flow" in names
    if policy.destination != "target" and not names & BANDS and not by_cash:
        yield (
            f"rebalance.when = {policy.when!r} names no band, without which destination = "
            f"{policy.destination!r} moves nothing. Add one of {', '.join(sorted(BANDS))}, or set "
            'destination = "target".'
        )


def _classes(targets: Sequence[Target], classes: Sequence[AssetClass]) -> Iterator[str]:
    known = list(dict.fromkeys(target.asset_class for target in targets))
    names = [row.name for row in classes]
    for row in classes:
        if row.name not in known:
            yield f"asset_class {row.name!r} is no target's. The classes are {', '.join(known)}."
        if names.count(row.name) > 1:
            yield f"asset_class {row.name!r} stands twice. Keep one [[asset_class]] per class."
        if row.band_absolute is None and row.band_relative is None:
            yield f"asset_class {row.name!r} has no band. Add band_absolute or band_relative, or remove it."
