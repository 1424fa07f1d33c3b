"""`ballast data check`, as the command line answers: files as people have them, and what is told of them."""

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tests.tasks.frames import write_delivery

CLOSES = [100.0, 101.0, 100.0, 102.0, 101.0, 100.0, 101.0, 102.0, 101.0, 100.0]
MONDAY = date(2024, 6, 3)
DAYS = [MONDAY + timedelta(days=7 * (row // 5) + row % 5) for row in range(10)]
HEAD = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Capital Gains,Repaired?"


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Runs `ballast data check ...` with a HOME that must stay untouched; what it printed."""
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path / "home"))

    def run(*arguments):
        result = CliRunner().invoke(app, ["data", "check", *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 0
        assert not (tmp_path / "home").exists()
        return result.stdout

    return run


def history(file, closes=CLOSES, *, instants=None, newest_first=False, dividends=(), head=HEAD):
    """A file of yfinance: one symbol's history, with midnights of New York unless it has other instants."""
    paid = dict(dividends)
    rows = [
        f"{when},{close},{close},{close},{close},{close},1000,{paid.get(row, 0.0)},0.0,0.0,False"
        for row, (when, close) in enumerate(
            zip(instants or [f"{d} 00:00:00-04:00" for d in DAYS], closes, strict=True)
        )
    ]
    file.write_text("\n".join([head, *(rows[::-1] if newest_first else rows)]) + "\n")
    return f"files:{file}"


def spoilt(row, factor=0.01):
    return [close * (factor if place == row else 1) for place, close in enumerate(CLOSES)]


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_hundredth_is_found_with_its_repair(check, tmp_path, newest_first):
    answer = json.loads(check(history(tmp_path / "AAA.csv", spoilt(4), newest_first=newest_first), "--json"))
    assert set(answer) == {"schema", "findings"}
    [found] = answer["findings"]
    proposed = found.pop("proposed")
    assert proposed == pytest.approx(dict.fromkeys(["open", "high", "low", "close", "adj_close"], 101.0))
    assert found == {
        "symbol": "AAA", "session": str(DAYS[4]), "rule": "units", "kind": "unit_100x", "value": 1.01,
    }  # fmt: skip


def test_a_good_file_has_no_findings(check, tmp_path):
    source = history(tmp_path / "AAA.csv")
    assert json.loads(check(source, "--json")) == {"schema": 1, "findings": []}
    assert "Nothing found." in check(source)


def test_what_a_person_reads(check, tmp_path):
    told = check(history(tmp_path / "AAA.csv", spoilt(4)))
    [row] = [line for line in told.splitlines() if "unit_100x" in line]
    assert row.split()[:5] == ["AAA", str(DAYS[4]), "units", "unit_100x", "1.01"]
    assert "open 101, high 101" in row
    assert told.rstrip().endswith("1 finding.")


def test_rows_of_a_day_are_told_by_their_instants(check, tmp_path):
    instants = [
        f"2024-06-03 {9 + (30 + 15 * row) // 60:02}:{(30 + 15 * row) % 60:02}:00-04:00" for row in range(10)
    ]
    head = HEAD.replace("Date", "Datetime")
    source = history(tmp_path / "AAA.csv", spoilt(4), instants=instants, head=head)
    [found] = json.loads(check(source, "--json"))["findings"]
    assert (found["session"], found["kind"]) == ("2024-06-03T14:30:00+00:00", "unit_100x")
    with pytest.raises(InputError, match="intraday"):
        check(source, "--calendar", "XNYS")


def test_a_day_that_stands_twice_is_found(check, tmp_path):
    instants = [f"{day} 00:00:00-04:00" for day in [*DAYS[:9], DAYS[8]]]
    found = json.loads(check(history(tmp_path / "AAA.csv", instants=instants), "--json"))["findings"]
    assert {(one["session"], one["kind"]) for one in found} == {(str(DAYS[8]), "unique_key")}


def test_a_calendar_tells_the_days_that_are_none(check, tmp_path):
    instants = [f"{day} 00:00:00-04:00" for day in [*DAYS[:9], DAYS[9] + timedelta(days=1)]]
    source = history(tmp_path / "AAA.csv", instants=instants)
    assert json.loads(check(source, "--json"))["findings"] == []
    found = json.loads(check(source, "--calendar", "XNYS", "--json"))["findings"]
    assert ("2024-06-15", "trading_day") in {(one["session"], one["kind"]) for one in found}


def test_a_wrong_payout_in_a_folder_is_told_of_its_symbol(check, tmp_path):
    history(tmp_path / "AAA.csv")
    history(tmp_path / "BBB.csv", dividends=[(2, 0.49), (5, 50.0), (8, 0.51)])
    found = json.loads(check(f"files:{tmp_path}", "--json"))["findings"]
    wrong = next(one for one in found if one["kind"] == "dividend_100x")
    assert (wrong["symbol"], wrong["session"], wrong["value"]) == ("BBB", str(DAYS[5]), 50.0)
    assert wrong["proposed"] == {"dividend": 0.5}
    assert {one["symbol"] for one in found} == {"BBB"}


def test_frames_of_an_archive(check, tmp_path):
    days = dict(zip(DAYS, spoilt(4), strict=True))
    delivery = write_delivery(tmp_path / "archive", "20240615T000000Z", {"AAA": days})
    found = json.loads(check(f"files:{delivery}", "--json"))["findings"]
    assert {(one["symbol"], one["session"], one["kind"]) for one in found} >= {
        ("AAA", str(DAYS[4]), "unit_100x")
    }


def test_a_file_whose_every_bar_is_refused_is_told_row_by_row(check, tmp_path):
    found = json.loads(check(history(tmp_path / "AAA.csv", [0.0] * 10), "--json"))["findings"]
    assert {one["session"] for one in found} == {str(day) for day in DAYS}


def test_only_files_are_checked(check):
    with pytest.raises(InputError, match="files:PATH"):
        check("yfinance")


@pytest.mark.parametrize("case", ["IBE-MC-1d-no-bad-divs", "EA-15m-no-bad-divs"])
def test_good_real_files_come_through(check, shared_data, case):
    assert json.loads(check(f"files:{shared_data}/yahoo_dirty/{case}.csv", "--json"))["findings"] == []


@pytest.mark.parametrize(
    ("case", "kind", "rows", "proposed"),
    [
        ("SSW-JO-1d-100x-error", "unit_undecided", 29, 0),
        ("DEX-AX-1d-bad-stock-split", "split_not_applied", 15, 15),
        ("SPM-MI-1d-bad-stock-split", "split_applied_twice", 13, 13),
        ("PSH-L-1d-bad-div", "dividend_100x", 11, 11),
        ("KAP-IL-1d-bad-div", "dividend_double", 1, 0),
    ],
)
def test_bad_real_files(check, shared_data, case, kind, rows, proposed):
    found = json.loads(check(f"files:{shared_data}/yahoo_dirty/{case}.csv", "--json"))["findings"]
    named = [one for one in found if one["kind"] == kind]
    assert len(named) == rows
    assert sum(one["proposed"] is not None for one in named) == proposed


def test_instants_are_days_of_the_calendar_and_refused_without_one(check, tmp_path):
    """Midnights of Paris in UTC; on the days as they are written the first would be a Sunday."""
    midnights = [f"{day - timedelta(days=1)} 22:00:00+00:00" for day in DAYS]
    source = history(tmp_path / "AAA.csv", instants=midnights)
    assert json.loads(check(source, "--calendar", "XPAR", "--json"))["findings"] == []
    with pytest.raises(InputError, match=r"row 1, column 'Date': .* name the exchange with --calendar"):
        CliRunner().invoke(app, ["data", "check", source], catch_exceptions=False)
