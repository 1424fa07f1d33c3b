"""`ballast data load` and `ballast data export`, as the command line answers."""

import csv
import json
from datetime import date

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tests.tasks.frames import write_delivery

DAYS = {date(2025, 9, 2): 10.0, date(2025, 9, 3): 11.0}
INSTANT = "2025-09-03T22:00:00Z"


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Runs `ballast data ...` on a HOME of its own; what it printed."""
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path / "home"))

    def run(*arguments):
        return CliRunner().invoke(app, ["data", *map(str, arguments)], catch_exceptions=False).stdout

    return run


@pytest.fixture
def delivery(tmp_path):
    gap = {day: close for day, close in DAYS.items() if day.day == 2}
    return write_delivery(tmp_path / "archive", "20250903T220000Z", {"AAA": DAYS, "BBB": gap})


def test_there_and_back(data, delivery, tmp_path):
    loaded = json.loads(data("load", delivery, "--json"))
    assert loaded == {
        "schema": 1,
        "source": f"files:{tmp_path / 'archive'}",
        "known_at": INSTANT,
        "symbols": ["AAA", "BBB"],
        "rows_new": 3,
        "rows_restated": 0,
        "restated": {"open": 0, "high": 0, "low": 0, "close": 0, "volume": 0},
        "rows_quarantined": 0,
        "missing": [{"symbol": "BBB", "session": "2025-09-03"}],
        "held": None,
        "errors": [],
    }
    out = tmp_path / "then.csv"
    exported = json.loads(data("export", "--known-at", INSTANT, "--out", out, "--json"))
    assert exported == {
        "schema": 1,
        "out": str(out),
        "known_at": INSTANT,
        "interval": "1d",
        "adjusted": False,
        "sources": [f"files:{tmp_path / 'archive'}"],
        "symbols": 2,
        "rows": 3,
    }
    with out.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[:2] == [
        ["symbol", "session", "open", "high", "low", "close", "volume"],
        ["AAA", "2025-09-02", "10", "11", "9", "10", "1000"],
    ]


def test_what_a_person_reads(data, delivery, tmp_path):
    told = data("load", delivery)
    assert "known at 2025-09-03 22:00:00 UTC: 2 symbols, 3 new rows, 0 restated, 0 quarantined." in told
    assert "BBB lacks 2025-09-03" in told
    told = data("export", "--known-at", "20250904T000000+0200", "--out", tmp_path / "x.parquet", "--adjusted")
    assert "3 rows of 2 symbols, adjusted, from files:" in told


@pytest.mark.parametrize("text", ["yesterday", "2025-09-03", "2025-09-03T22:00:00", "20250903T2200"])
def test_an_instant_has_an_offset(data, delivery, tmp_path, text):
    with pytest.raises(InputError, match=r"--known-at .* is not an instant: write it as 2025-09-03T20:08"):
        data("load", delivery, "--known-at", text)
    assert not (tmp_path / "home").exists()


def test_an_export_needs_a_warehouse(data, tmp_path):
    with pytest.raises(InputError, match="there is no warehouse"):
        data("export", "--known-at", "2025-09-03T02:00:00+02:00", "--out", "x.csv")
    assert not (tmp_path / "home").exists()


def test_sources_and_their_settings_are_listed_without_a_token(tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_TIINGO_TOKEN", "0123456789abcdef")
    asked = ["data", "sources", "--home", str(tmp_path)]
    done = CliRunner().invoke(app, [*asked, "--json"])
    found = {row["source"]: row["settings"] for row in json.loads(done.stdout)["sources"]}
    assert found["files"] == []
    assert [row["variable"] for row in found["tiingo"] if row["set"]] == ["BALLAST_TIINGO_TOKEN"]
    shown = CliRunner().invoke(app, asked).stdout
    assert "BALLAST_YAHOO_BUDGET  requests" in shown
    assert "0123456789abcdef" not in done.stdout + shown
    monkeypatch.setenv("BALLAST_TIINGO_TOKN", "0123456789abcdef")
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code != 0
