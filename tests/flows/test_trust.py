"""`ballast data status`, `quarantine` and `explain`, as the command line answers."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from config.calendars import Calendar
from flows.commands.cli import app
from flows.terminal.coverage import axis
from quant.errors import InputError
from tests.warehouse.deliveries import action, bar, deliver
from warehouse.duckdb_file.backend import DuckDBFile

DAYS = Calendar("XNYS").sessions(date(2014, 1, 2), date(2015, 8, 24))
SOURCE = "files:prices.parquet"


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Runs `ballast data ...` on a HOME of its own, 80 columns wide; what it printed."""
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        return CliRunner().invoke(app, ["data", *map(str, arguments)], catch_exceptions=False).stdout

    return run


@pytest.fixture
def stored(tmp_path):
    """SPY whole; GAP from March on, without a fortnight, a bar and a dividend rejected; 40 quiet symbols."""
    warehouse = DuckDBFile(tmp_path)
    quiet = [bar(10.0, f"Q{number:02}", day) for number in range(40) for day in DAYS[-3:]]
    gap = [day for day in DAYS if day >= date(2014, 3, 3) and not date(2015, 1, 5) <= day < date(2015, 1, 19)]
    bars = [*(bar(100.0, "SPY", day) for day in DAYS), *(bar(50.0, "GAP", day) for day in gap), *quiet]
    deliver(warehouse, bars)
    bad = [bar(90.0, "GAP", DAYS[-1])]
    deliver(warehouse, bad, batch_id="two", actions=[action(30.0, symbol="GAP", ex_date=DAYS[-2])],
            rejected=[("bars", 0, "move_bound", 0.8), ("actions", 0, "payout", 30.0)])  # fmt: skip


def rows(text):
    return {line.split()[0]: line for line in text.splitlines() if line.strip()}


def test_status_is_a_picture(data, stored):
    text = data("status")
    lines = rows(text)
    assert f"{SOURCE}, XNYS: 42 symbols, 2014-01-02 to 2015-08-24, {len(DAYS)} sessions" in text
    assert "2014-07" in text
    assert "SPY" not in lines, "the worst are shown"
    picture = lines["GAP"][4:]
    assert picture.startswith("    ")  # it began in March
    assert set("▓▒░") & set(picture)
    assert picture.split()[0].endswith("×")
    assert "… and 12 more: all complete. --all shows each." in text
    assert "2 rows wait for a decision: ballast data quarantine" in text
    assert max(map(len, text.splitlines())) <= 90
    every = data("status", "--all")
    assert "SPY" in rows(every)
    assert "more" not in every.replace("the more", "")


def test_status_as_json_lists_gaps(data, stored):
    found = json.loads(data("status", "--json"))
    [section] = found["sections"]
    gap = section["symbols"][0]
    assert (found["schema"], found["absent"], gap["symbol"], gap["quarantined"]) == (1, [], "GAP", 2)
    assert gap["gaps"] == [{"first": "2015-01-05", "last": "2015-01-16", "sessions": 10}]
    assert gap["quarantined_on"] == ["2015-08-21", "2015-08-24"]


@pytest.mark.parametrize(
    ("first", "last", "width", "labels"),
    [
        (date(1993, 1, 29), date(2025, 9, 26), 60, "1995 2000 2005 2010 2015 2020"),
        (date(2021, 1, 4), date(2024, 12, 31), 60, "2022 2023 2024"),
        (date(2024, 1, 2), date(2024, 7, 31), 60, "2024-03 2024-05 2024-07"),
        (date(2024, 7, 1), date(2024, 7, 8), 5, ""),
        (date(2024, 7, 1), date(2024, 7, 31), 22, "07-02 07-17"),
    ],
)
def test_the_axis_tells_what_fits(first, last, width, labels):
    sessions = Calendar("XNYS").sessions(first, last)
    line = axis(sessions, width)
    assert line.split() == labels.split()
    assert len(line) <= width


def test_a_row_is_listed_and_accepted(data, stored):
    listed = data("quarantine", "--symbol", "GAP")
    assert "GAP 2015-08-24" in listed
    assert "open 90, high 90, low 90, close 90, volume 1,000" in listed
    assert "broke move_bound (0.8): move_bound in words" in listed
    assert "GAP 2015-08-21 dividend" in listed
    assert "dividend 30" in listed
    found = json.loads(data("quarantine", "--json"))["quarantined"]
    assert [row["symbol"] for row in found] == ["GAP", "GAP"]
    assert found[0]["rules"] == [
        {"rule": "move_bound", "words": "move_bound in words", "value": 0.8, "proposed": None}
    ]
    decided = data(
        "quarantine", "accept", found[0]["id"][:8], "--reason", "The exchange says so", "--by", "ada"
    )
    assert "accepted by ada on " in decided
    rejected = json.loads(data("quarantine", "reject", found[1]["id"], "--reason", "No", "--json"))["decided"]
    assert rejected[0]["decision"] == "rejected"
    assert rejected[0]["decided_by"], "the operating system's user"
    assert data("quarantine") == "No row waits for a decision.\n"
    assert "The exchange says so" in data("quarantine", "--all")
    assert "Accepted by ada: The exchange says so" in data("explain", "GAP", "2015-08-24")


def test_options_before_a_decision_are_not_passed_over(data, stored, tmp_path):
    with pytest.raises(InputError, match="options go behind the command: ballast data quarantine accept ID"):
        data("quarantine", "--home", tmp_path / "other", "accept", "1234", "--reason", "No")


def test_a_story_in_words(data, tmp_path):
    closes = {date(2020, 7, 31): 404.02, date(2020, 8, 28): 499.23, date(2020, 8, 31): 129.04}
    split = action(4.0, "split", symbol="AAPL", ex_date=date(2020, 8, 31))
    deliver(DuckDBFile(tmp_path), [bar(close, "AAPL", day) for day, close in closes.items()], actions=[split])
    told = data("explain", "AAPL", "2020-07-31")
    assert "2020-08-31  split of 4:1: factor 0.25, 404.02 → 101.005" in told
    assert "As traded 404.02; for splits 101.005; for splits and distributions 101.005." in told
    assert "Compared with nothing: no close was known before it." in told
    assert (
        "Moved +23.57% from the reference close 404.02, within the bound of ±25.00%, as known then."
        in data("explain", "AAPL", "2020-08-28")
    )
    answer = json.loads(data("explain", "AAPL", "2020-07-31", "--json"))
    assert answer["chapters"][0]["adjusted"]["steps"][0]["adjusted"] == pytest.approx(101.005)


def test_without_a_warehouse_nothing_can_be_told(data):
    for command in (["status"], ["quarantine"], ["explain", "SPY", "2015-08-24"]):
        with pytest.raises(InputError, match="there is no warehouse in"):
            data(*command)
    with pytest.raises(InputError, match="SESSION 'yesterday' is not a date"):
        data("explain", "SPY", "yesterday")
