"""Every file in quant/faults keeps its contract, on committed cases that were worked out by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from quant import faults
from quant.faults import PRICES, Series
from quant.faults._doubt import Histories, doubtful

FOLDER = Path(__file__).parent.parent / "quant" / "faults" / "cases"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [pytest.param(name, case, id=f"{name}: {case['name']}") for name in FILES for case in FILES[name]]


def series(case) -> Series:
    """Read-only arrays; prices that are not given are the close, volumes 1000, adjusted closes unknown."""
    size = len(case["close"])
    columns = {name: np.array(case.get(name, case["close"]), dtype=float) for name in PRICES}
    columns["adj_close"] = np.array(case.get("adj_close", [np.nan] * size), dtype=float)
    columns |= {"volume": np.full(size, 1000.0), "splits": np.ones(size), "distributions": np.zeros(size)}
    for name in ("splits", "distributions"):
        for row, value in case.get(name, {}).items():
            columns[name][int(row)] = value
    for values in columns.values():
        values.setflags(write=False)
    known = {int(row): close for row, close in case.get("accepted", {}).items()}
    if known:
        columns["accepted"] = np.array([known.get(row, np.nan) for row in range(size)])
    anchor = tuple(case["anchor"]) if "anchor" in case else max(known.items(), default=None)
    return Series(**columns, anchor=anchor, ahead=case.get("ahead", False))


def test_every_rule_has_its_cases_and_every_case_file_its_rule():
    assert set(FILES) == set(faults.rules())


@pytest.mark.parametrize("name", sorted(FILES))
def test_cases_show_bad_and_good_and_every_kind(name):
    assert {case["kind"] for case in FILES[name]} == {"bad", "good"}
    assert {kind for case in FILES[name] for _, kind, _ in case["found"]} == set(faults.rules()[name].KINDS)
    assert all((case["kind"] == "bad") == bool(case["found"]) for case in FILES[name])


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name, case):
    found = sorted(faults.rules()[name].find(series(case)), key=lambda fault: fault.row)
    assert [(fault.row, fault.kind) for fault in found] == [(row, kind) for row, kind, _ in case["found"]]
    for fault, (_, _, proposed) in zip(found, case["found"], strict=True):
        assert fault.proposed == (proposed and pytest.approx(proposed, rel=1e-6))


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_fault_rejects_rows_of_its_rules_table_or_none(name, case):
    for fault in faults.rules()[name].find(series(case)):
        assert fault.table in {faults.rules()[name].TABLE, "adjusted"}


@pytest.mark.parametrize(("name", "case"), CASES)
def test_no_other_rule_sees_a_fault_in_a_good_case(name, case):
    if case["kind"] == "good" and name not in {"dividend_adjusted", "dividend_size"}:
        assert faults.find(series(case)) == []


def doubted(series: Series) -> bool:
    """Whether the pass over all symbols leaves this one to the rules."""
    size = len(series.close)
    accepted = np.full(size, np.nan) if series.accepted is None else series.accepted.copy()
    if series.anchor:
        accepted[series.anchor[0]] = series.anchor[1]
    split = np.full(size, bool((series.splits != 1).any()) or series.ahead)
    prices = {name: getattr(series, name) for name in (*PRICES, "adj_close")}
    announced = series.distributions
    symbol = np.zeros(size, dtype=np.int64)
    return bool(
        doubtful(Histories(symbol, **prices, accepted=accepted, announced=announced, split=split)).size
    )


@pytest.mark.parametrize(("name", "case"), CASES)
def test_what_a_rule_finds_is_doubted_before(name, case):
    assert doubted(series(case)) or case["kind"] == "good"


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_found_in_nothing(name):
    empty = np.empty(0)
    none = Series(empty, empty, empty, empty, empty, empty, empty, empty)
    assert faults.rules()[name].find(none) == []
