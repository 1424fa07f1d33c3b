"""What is wrong with an allocation as a whole: each mistake is one sentence."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from quant import allocation
from quant.errors import InputError
from quant.plugins import discover
from quant.policy.policy import FIXED, AllocationPolicy, Target

EVERY_MODEL = frozenset({"model", "tilt", "refit"})


def check_allocation(path: Path, policy: AllocationPolicy, targets: Sequence[Target]) -> None:
    """Refuse a model that does not exist, lacks a setting or is given one without effect.

    Raises:
        InputError: naming the file, the key and what is allowed.
    """
    models = discover(allocation)
    problems = (
        _fixed(policy, targets)
        if policy.model == FIXED
        else _model(policy, targets, models[policy.model])
        if policy.model in models
        else _unknown(policy.model, [FIXED, *models])
    )
    for problem in problems:
        raise InputError(f"{path}: {problem}")


def _unknown(name: str, known: list[str]) -> Iterator[str]:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]}?" if near else "."
    yield f"allocation.model = {name!r} is no model{hint} Known: {', '.join(known)}."


def _fixed(policy: AllocationPolicy, targets: Sequence[Target]) -> Iterator[str]:
    for key in sorted(policy.model_fields_set - {"model"}):
        yield _without_effect(key, policy)
    for target in targets:
        if target.tilt is not None:
            yield (
                f"target {target.symbol!r} has tilt = {target.tilt:g}, which has no effect with "
                f"{_named(policy)}. Name a model that tilts, or remove the key."
            )


def _model(policy: AllocationPolicy, targets: Sequence[Target], model: ModuleType) -> Iterator[str]:
    for key in sorted(policy.model_fields_set - EVERY_MODEL - {*model.SETTINGS}):
        yield _without_effect(key, policy)
    for key, example in model.SETTINGS.items():
        if example and getattr(policy, key) is None:
            yield f"{_named(policy)} needs {key}, which is not set. Add {key} = {example}."
    if policy.tilt is None and any(target.tilt is None for target in targets):
        yield (
            f"{_named(policy)} needs to know how far a weight may depart from its strategic one. "
            "Add tilt = 0.05."
        )
    needed = 2 if model.INVESTED else 1
    if sum(policy.tilt_of(target) > 0 for target in targets) < needed:
        yield (
            f"{_named(policy)} has nothing to move: fewer than {needed} targets have a tilt above 0. "
            f'Raise tilt, or set model = "{FIXED}".'
        )


def _named(policy: AllocationPolicy) -> str:
    return f"allocation.model = {policy.model!r}"


def _without_effect(key: str, policy: AllocationPolicy) -> str:
    return (
        f"allocation.{key} = {getattr(policy, key)!r} has no effect with {_named(policy)}. "
        "Remove the key, or name a model that reads it."
    )
