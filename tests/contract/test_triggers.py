"""Every file in quant/triggers keeps its contract, on committed cases that were worked out by hand."""

import json
from math import isnan, nan
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from quant import triggers
from quant.book.book import Band
from quant.book.drift import measure
from quant.plugins import discover
from quant.policy.policy import Policy
from quant.triggers import Evaluated, Past, Situation
from tests.quant.books import frozen, make

FOLDER = Path(__file__).parent.parent / "quant" / "triggers" / "cases"
TRIGGERS = discover(triggers)
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [
    pytest.param(TRIGGERS[name], case, id=f"{name}: {case['name']}")
    for name in sorted(TRIGGERS.keys() & FILES.keys())
    for case in FILES[name]
]


def number(value: float | None) -> float:
    return nan if value is None else value


def situation(case: dict[str, Any]) -> Situation:
    """What a case describes; null is NaN, and arrays are read-only."""
    rows = case["symbols"].items()
    book = make(
        {s: (row["asset_class"], row["target"], row["quantity"], number(row["close"])) for s, row in rows},
        case["cash"],
        {("instrument", key): Band(*band) for key, band in case.get("bands", {}).items()}
        | {("asset_class", key): Band(*band) for key, band in case.get("class_bands", {}).items()},
    )
    policy = Policy(**case["policy"])
    volatility = frozen([number(one) for one in case["volatility"]]) if "volatility" in case else None
    return Situation(book, policy, measure(book, policy), case.get("calendar_due", False), Past(volatility))


def test_every_trigger_has_cases_that_fire_and_that_do_not() -> None:
    assert FILES.keys() == TRIGGERS.keys()
    for name, cases in FILES.items():
        assert {row["fired"] for case in cases for row in case["rules"]} == {True, False}, name


@pytest.mark.parametrize(("trigger", "case"), CASES)
def test_case(trigger: ModuleType, case: dict[str, Any]) -> None:
    found: list[Evaluated] = trigger.evaluate(situation(case))
    assert [(row.scope, row.fired) for row in found] == [
        (row["scope"], row["fired"]) for row in case["rules"]
    ]
    for row, expected in zip(found, case["rules"], strict=True):
        wanted = [number(expected["value"]), number(expected["limit"])]
        np.testing.assert_allclose([row.value, row.limit], wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("trigger", "case"), CASES)
def test_rules_keep_the_contract(trigger: ModuleType, case: dict[str, Any]) -> None:
    given = situation(case)
    for row in trigger.evaluate(given):
        assert row.trigger == trigger.__name__.rpartition(".")[2]
        keys = {drift.key for drift in given.drifts if drift.level == row.level} or {"portfolio"}
        assert row.scope in keys
        assert type(row.fired) is bool
        assert row.rule
        assert not (row.fired and (isnan(row.value) or isnan(row.limit)))
