"""Risk limits that contradict each other, or that nothing in the portfolio could ever meet, are refused."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from quant.errors import InputError
from quant.policy.policy import Limits, Scenario
from quant.risk import stress


def check_limits(path: Path, limits: Limits, classes: Mapping[str, str], *, followed: bool) -> None:
    """Refuse what the limits of the portfolio file `path` cannot mean; `classes` by symbol.

    `followed`: whether accounts follow the portfolio.

    Raises:
        InputError: in one sentence, the first of them.
    """
    for key in ("max_notional_total", "max_repeats"):
        if followed and getattr(limits, key) is not None:
            raise InputError(
                f"{path}: risk.{key} is not known of accounts, which follow this portfolio. Leave it out."
            )
    lowest, highest = limits.min_beta, limits.max_beta
    if lowest is not None and highest is not None and lowest > highest:
        raise InputError(
            f"{path}: risk.min_beta = {lowest:g} is above max_beta = {highest:g}, which allows no beta. "
            "Lower the one or raise the other."
        )
    seen: set[str] = set()
    for scenario in limits.scenario:
        if scenario.name in seen:
            raise InputError(
                f"{path}: scenario {scenario.name!r} stands twice. Keep one [[risk.scenario]] per name."
            )
        seen.add(scenario.name)
        _check_scenario(path, scenario, limits.max_stress_loss, classes)


def _check_scenario(
    path: Path, scenario: Scenario, overall: float | None, classes: Mapping[str, str]
) -> None:
    name = scenario.name
    if scenario.max_loss is None and overall is None:
        raise InputError(
            f"{path}: scenario {name!r} has no limit. Set its max_loss, or risk.max_stress_loss for all."
        )
    if not (scenario.asset_class or scenario.symbol or name in stress.known()):
        raise InputError(
            f"{path}: scenario {name!r} moves nothing. Give it asset_class = {{ ... }} or symbol = {{ ... }}."
        )
    for key, written, known in (
        ("asset_class", scenario.asset_class, {*classes.values()}),
        ("symbol", scenario.symbol, {*classes}),
    ):
        for one in written:
            if one not in known:
                near = difflib.get_close_matches(one, known, 1, cutoff=0.0)
                raise InputError(
                    f"{path}: scenario {name!r} moves the {key} {one!r}, which the portfolio does not have; "
                    f"did you mean {near[0]!r}?"
                )
