"""Every file in quant/triggers keeps its contract, on committed cases that were worked out by hand."""

import json
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from quant import triggers
from quant.book.book import Band
from quant.book.drift import Drifts
from quant.book.holdings import Holdings
from quant.plugins import discover
from quant.policy.policy import Policy
from quant.rebalance import triggering
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
    return Situation(Drifts.of(book, policy), case.get("calendar_due", False), Past(volatility))


def evaluated(trigger: ModuleType, given: Situation) -> list[Evaluated]:
    """The rules of one trigger with their words."""
    return [row for one in trigger.measure(given) for row in triggering.evaluated(one, given)]


def as_account(given: Situation) -> Situation:
    """The same row as that of an account among three, the others with twice and half as much of it."""
    shares = np.array([[1.0], [2.0], [0.5]])
    own = given.holdings
    rows = Holdings(own.book, shares * own.quantity, (shares * own.cash)[:, 0])
    return replace(given, drifts=Drifts(rows, given.drifts.bands))


def test_every_trigger_has_cases_that_fire_and_that_do_not() -> None:
    assert FILES.keys() == TRIGGERS.keys()
    for name, cases in FILES.items():
        assert {row["fired"] for case in cases for row in case["rules"]} == {True, False}, name


@pytest.mark.parametrize(("trigger", "case"), CASES)
def test_case(trigger: ModuleType, case: dict[str, Any]) -> None:
    found = evaluated(trigger, situation(case))
    assert [(row.scope, row.fired) for row in found] == [
        (row["scope"], row["fired"]) for row in case["rules"]
    ]
    for row, expected in zip(found, case["rules"], strict=True):
        wanted = [number(expected["value"]), number(expected["limit"])]
        np.testing.assert_allclose([row.value, row.limit], wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("trigger", "case"), CASES)
def test_an_account_among_others_is_found_as_a_portfolio_is(
    trigger: ModuleType, case: dict[str, Any]
) -> None:
    alone = situation(case)
    many = as_account(alone)
    for one, row in zip(evaluated(trigger, alone), evaluated(trigger, many), strict=True):
        assert (one.scope, one.fired, one.rule) == (row.scope, row.fired, row.rule)
        np.testing.assert_allclose([row.value, row.limit], [one.value, one.limit], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("trigger", "case"), CASES)
def test_rules_keep_the_contract(trigger: ModuleType, case: dict[str, Any]) -> None:
    given = situation(case)
    for row in evaluated(trigger, given):
        assert row.trigger == trigger.__name__.rpartition(".")[2]
        keys = {drift.key for drift in given.drifts.rows() if drift.level == row.level} or {"portfolio"}
        assert row.scope in keys
        assert type(row.fired) is bool
        assert row.rule
        assert not (row.fired and (isnan(row.value) or isnan(row.limit)))
