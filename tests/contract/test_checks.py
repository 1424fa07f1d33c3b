"""Every file in quant/checks keeps its contract, on committed cases that were worked out by hand."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from quant import checks
from quant.book.book import Book, Trade
from quant.book.holdings import Holdings
from quant.checks import ABSENT, CheckContext, Finding
from quant.decision_inputs import DecisionInputs, Evidence
from quant.gate import Round, Settled
from quant.plugins import discover
from quant.policy.definitions import NEWEST
from quant.policy.policy import Limits, Policy
from quant.rebalance.controls import Controls

FOLDER = Path(__file__).parent.parent / "quant" / "checks" / "cases"
CHECKS = discover(checks)
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [
    pytest.param(CHECKS[name], case, id=f"{name}: {case['name']}")
    for name in sorted(CHECKS.keys() & FILES.keys())
    for case in FILES[name]["cases"]
]


def floats(values: Any, columns: int = 0) -> np.ndarray:
    """A read-only array, null → NaN, so that a check which writes into its inputs fails."""
    array = np.array(values, dtype=float)
    array = array.reshape(-1, columns) if columns else array
    array.setflags(write=False)
    return array


def context(case: Mapping[str, Any], limits: Limits | None = None) -> CheckContext:
    """What a case describes; `returns` are run-length encoded, and what is left out is harmless."""
    symbols: dict[str, dict[str, Any]] = case["symbols"]
    parts = [part for part in case.get("returns", []) for _ in range(part["times"])]

    def column(key: str, default: float = np.nan) -> np.ndarray:
        return floats([row.get(key, default) for row in symbols.values()])

    book = Book(
        symbols=tuple(symbols),
        asset_classes=tuple(row.get("asset_class", "any") for row in symbols.values()),
        quantity=column("quantity"),
        close=column("close"),
        target=column("target"),
        cash=case["cash"],
        fx=column("fx", default=1.0),
        definitions=NEWEST.model_copy(update={"versions": NEWEST.versions | case.get("versions", {})}),
    )
    trades = tuple(
        Trade(row["symbol"], row["side"], row["quantity"], symbols[row["symbol"]]["close"], row["limit"],
              "band", "", "", np.nan, np.nan, symbols[row["symbol"]].get("fx", 1.0))
        for row in case["trades"]
    )  # fmt: skip
    inputs = DecisionInputs(
        book,
        Policy(cash_buffer=case.get("cash_buffer", 0.0), min_trade=case.get("min_trade", 0.0)),
        limits or Limits(**case["limits"]),
        calendar_due=False,
        evidence=Evidence(
            returns=floats([part["row"] for part in parts], columns=len(symbols)),
            benchmark=floats([part.get("benchmark") for part in parts]),
            previous_adjusted=column("previous_adjusted"),
            average_volume=column("average_volume"),
            stale=column("stale", default=0.0),
        ),
        quarantined=case.get("quarantined", {}),
        kill_switch=case.get("kill_switch"),
        unreconciled=case.get("unreconciled", {}),
        disputed=case.get("disputed", {}),
        unrated=case.get("unrated", {}),
        controls=Controls(**case.get("controls", {})),
    )
    return CheckContext.of(inputs, trades)


def evaluated(check: ModuleType, case: Mapping[str, Any], limits: Limits | None = None) -> list[Finding]:
    """The findings of one check, with their words."""
    given = context(case, limits)
    now = Round(np.arange(1), given, [(0, one) for one in check.measure(given)])
    return [*Settled({check.CHECK: check}, [now]).findings()]


def as_account(given: CheckContext) -> CheckContext:
    """The same row as that of an account among three, the others with twice and half as much."""
    shares = np.array([[1.0], [2.0], [0.5]])
    rows = Holdings(
        given.holdings.book, shares * given.holdings.quantity, (shares * given.holdings.cash)[:, 0]
    )
    return replace(given, holdings=rows, quantity=shares * given.quantity)


def test_every_check_names_the_rule_that_asks_for_it() -> None:
    for check in CHECKS.values():
        assert re.match(r"(SEC 15c3-5|ESMA RTS 6 Art|FIA|AIFMD|IRC|Kupiec|house)", check.REFERENCE), check


def test_every_check_has_its_cases_and_every_case_file_its_check() -> None:
    assert set(FILES) == set(CHECKS)


@pytest.mark.parametrize("name", sorted(FILES))
def test_cases_show_each_kind_of_outcome(name: str) -> None:
    kinds = {case["kind"] for case in FILES[name]["cases"]}
    assert "pass" in kinds
    assert kinds & {"warn", "block"}
    # What cannot fail to be computed says why; nothing else goes without such a case.
    assert ("unknown" in kinds) != bool(FILES[name].get("always_computable"))


@pytest.mark.parametrize(("check", "case"), CASES)
def test_case(check: ModuleType, case: dict[str, Any]) -> None:
    findings = evaluated(check, case)
    assert [(f.scope, f.status, sorted(f.holds)) for f in findings] == [
        (row["scope"], row["status"], sorted(row["holds"])) for row in case["findings"]
    ]
    expected = floats([row["value"] for row in case["findings"]])
    assert np.array([f.value for f in findings]) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert [f.limit for f in findings] == [row["limit"] for row in case["findings"]]


@pytest.mark.parametrize(("check", "case"), CASES)
def test_an_account_among_others_is_found_as_a_portfolio_is(check: ModuleType, case: dict[str, Any]) -> None:
    alone = context(case)
    for one, many in zip(check.measure(alone), check.measure(as_account(alone)), strict=True):
        assert (one.scope, one.limit) == (many.scope, many.limit)
        np.testing.assert_allclose(many.value[0], one.value[0], atol=1e-12)
        assert many.status[0].tolist() == one.status[0].tolist()
        for column in np.flatnonzero(one.status[0] != ABSENT).tolist():
            assert many.holding(0, column).tolist() == one.holding(0, column).tolist()
            assert many.words(0, column) == one.words(0, column)


@pytest.mark.parametrize(("check", "case"), CASES)
def test_a_case_is_of_its_kind(check: ModuleType, case: dict[str, Any]) -> None:
    findings = case["findings"]
    if case["kind"] == "unknown":  # the data check blocks what it cannot compute
        assert any(row["value"] is None and row["status"] in {"unknown", "block"} for row in findings)
    elif case["kind"] == "pass":
        assert {row["status"] for row in findings} == {"pass"}
    else:
        assert case["kind"] in {row["status"] for row in findings}


@pytest.mark.parametrize(("check", "case"), CASES)
def test_findings_keep_the_contract(check: ModuleType, case: dict[str, Any]) -> None:
    for finding in evaluated(check, case):
        assert finding.check == check.CHECK == check.__name__.rpartition(".")[2]
        kind, _, name = finding.scope.rpartition(" ")
        assert finding.scope in {*case["symbols"], "portfolio"} or (kind and name)
        assert finding.rule
        assert bool(finding.holds) == bool(finding.because) == (finding.status == "block")


@pytest.mark.parametrize(("check", "case"), CASES)
def test_without_its_limit_a_check_is_silent(check: ModuleType, case: dict[str, Any]) -> None:
    limits = Limits(**case["limits"])
    unlimited = evaluated(check, case, Limits(data_tolerance=limits.data_tolerance))
    governed_by_a_limit = set(case["limits"]) - {"data_tolerance"}
    assert bool(unlimited) != bool(governed_by_a_limit)
