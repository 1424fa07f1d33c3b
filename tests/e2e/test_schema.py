"""The published schemas are those of the report model, and refuse what is no report."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import BaseModel

from tests.e2e.cli import ROOT
from tests.e2e.schema import PUBLISHED, check, generate

REPORT = {
    "schema": 1, "run_id": "20240701-desk-0", "flow": "daily", "portfolio": "desk", "session": "2024-07-01",
    "known_at": "2024-07-01T22:30:00.000001Z", "historical": False, "status": "no_action", "currency": "USD",
    "value": None, "cash": 0.1, "returns": "total", "benchmark": {"symbol": None, "day": None, "month": None},
    "data": {
        "source": "files:prices", "rows_new": 0, "rows_restated": 0, "quarantined": [], "stale": [],
        "errors": [], "illustration": None, "held": None,
    },
    "drift": [], "volatility": [], "signals": [], "trades": [], "checks": [], "alerts": [], "notices": [],
    "error": None, "docs": None, "url": None,
}  # fmt: skip

CONTRACT = {
    "Report": """schema run_id flow portfolio session known_at historical status value cash returns benchmark
        data drift volatility signals trades checks alerts notices""",
    "Benchmark": "symbol day month year",
    "Data": "rows_new rows_restated quarantined stale errors",
    "QuarantinedRow": "symbol session rule value",
    "FetchError": "symbol kind error",
    "DriftRow": "level key target actual drift band breached",
    "VolatilityRow": "symbol estimator window annualised",
    "SignalRow": "symbol signal value action",
    "TradeRow": """symbol side quantity limit_price notional weight_before weight_after trigger rule reason
        expires cost checks status held_because""",
    "CheckRow": "check scope value limit status rule",
    "AlertRow": "kind symbol severity at move detail confirmed",
    "NoticeRow": "channel kind state key error",
}
"""What was promised to readers of reports: it may be extended, never changed."""


@pytest.mark.parametrize("table", CONTRACT)
def test_the_schema_keeps_the_contract(table: str) -> None:
    published = json.loads((ROOT / "docs" / "runs.schema.json").read_text(encoding="utf-8"))
    assert set(CONTRACT[table].split()) <= set(published["$defs"][table]["properties"])


@pytest.mark.parametrize(("file", "model"), PUBLISHED.items(), ids=lambda item: getattr(item, "name", ""))
def test_published_schema_is_the_models_own(file: Path, model: type[BaseModel]) -> None:
    """BALLAST_REWRITE_GOLDEN=1 rewrites the file: look at what it changes for those who read reports."""
    if os.environ.get("BALLAST_REWRITE_GOLDEN"):
        file.write_text(generate(model), encoding="utf-8")
    published = file.read_text(encoding="utf-8")
    Draft202012Validator.check_schema(json.loads(published))
    assert published == generate(model)


def test_a_report_written_by_hand_is_taken() -> None:
    check(REPORT)
    refused = [{"portfolio": "bad", "error": "its weights sum to 1.1"}]
    check({"schema": 1, "runs": [REPORT, REPORT], "errors": refused})


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2}, {"status": "done"}, {"value": "1000"}, {"returns": "log"}, {"surprise": 1},
        {"drift": [{"level": "country"}]}, {"session": None}, {"benchmark": {"symbol": None, "day": "1%"}},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_is_no_report_is_refused(change: dict[str, Any]) -> None:
    wrong = copy.deepcopy(REPORT) | change
    with pytest.raises(ValidationError):
        check(wrong)
    with pytest.raises(ValidationError):
        check({"schema": 1, "runs": [REPORT, wrong]})


@pytest.mark.parametrize("instant", ["2024-07-01T22:30:00", "2024-07-01T18:30:00-04:00", "2024-07-01"])
def test_an_instant_that_is_not_utc_is_refused(instant: str) -> None:
    with pytest.raises(AssertionError):
        check(REPORT | {"known_at": instant})
