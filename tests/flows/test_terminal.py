import json
from datetime import date

import pytest

from flows import clock
from flows.terminal import terminal, watching
from tasks.data.backfill import Backfilled
from tasks.data.doctor import Finding
from tasks.record.replay import Difference, Replayed
from tests.tasks.notifiers.reports import report
from warehouse.tables.batches import SymbolFailure

ERROR = {"symbol": "[b]GONE", "kind": "empty", "error": "[red]no rows[/red]"}
FILLED = Backfilled(
    "run-1",
    "files:/data/[old]/p.csv",
    date(2024, 1, 2),
    date(2024, 6, 28),
    60,
    1,
    2,
    4,
    ("[x] held",),
    (SymbolFailure(**ERROR),),
)


def test_json_is_one_strict_object(capsys, tmp_path):
    subject = report(value=float("nan"))
    terminal.print_report(subject, True, tmp_path)
    answer = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert answer == subject.model_dump(mode="json")
    assert answer["schema"] == 1
    assert answer["value"] is None
    with pytest.raises(ValueError, match="not JSON compliant"):
        terminal.print_json({"value": float("nan")})


def test_a_report_is_a_digest_for_people(capsys, tmp_path):
    terminal.print_report(report(), False, tmp_path)
    assert "core · 2015-08-24 · Nothing to do; nearest band AGG 1.0 of 5.0 points" in capsys.readouterr().out


def test_progress_is_for_terminals_only(capsys, monkeypatch):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with watching.watching(True) as progress:
        progress("Fetching SPY", 1, 3)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("FORCE_COLOR", "1")  # what makes rich believe in a terminal
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with watching.watching(False) as progress:
        progress("Fetching SPY", 1, 3)
    assert capsys.readouterr() == ("", "")
    with watching.watching(True) as progress:
        progress("Fetching SPY", 1, 3)
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "Fetching SPY" in streams.err
    assert "1/3" in streams.err


def test_a_backfill_says_what_it_brought(capsys):
    terminal.backfilled([FILLED], False)
    assert capsys.readouterr().out.splitlines() == [
        "files:/data/[old]/p.csv, 2024-01-02 to 2024-06-28: 60 new rows, 1 restated, 2 quarantined.",
        "  4 symbols had been stored by a backfill that was not complete.",
        "  A batch was held: [x] held",
        "  [b]GONE: empty: [red]no rows[/red]",
    ]
    terminal.backfilled([FILLED], True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == 1
    assert answer["backfills"][0]["start"] == "2024-01-02"
    assert answer["backfills"][0]["errors"] == [ERROR]


def test_a_replay_says_whether_it_is_the_same(capsys):
    difference = Difference("drift[[b]SPY].actual", 0.6, 0.61)
    terminal.replayed(Replayed("run-1", 99, None, {}), False)
    terminal.replayed(Replayed("run-1", 99, difference, {"numpy": ("2.3", None)}), False)
    assert capsys.readouterr().out.splitlines() == [
        "run-1: all 99 numbers are the same.",
        "run-1 differs: drift[[b]SPY].actual: the run found 0.6, the replay 0.61",
        "  numpy was 2.3, is None",
    ]
    terminal.replayed(Replayed("run-1", 99, difference, {"numpy": ("2.3", None)}), True)
    answer = json.loads(capsys.readouterr().out)
    assert answer == {
        "schema": 1, "run_id": "run-1", "same": False, "numbers": 99, "difference": str(difference),
        "changed": {"numpy": ["2.3", None]},
    }  # fmt: skip
    terminal.replayed(Replayed("run-1", 99, None, {}), True)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["same"], answer["difference"]) == (True, None)


def test_a_diagnosis_is_one_line_each(capsys):
    findings = [
        Finding("home", "good", "[b]/srv"), Finding("slack", "note", "none"), Finding("source", "bad", "no"),
    ]  # fmt: skip
    terminal.diagnosed(findings, False)
    assert capsys.readouterr().out.splitlines() == [
        "✓ home        [b]/srv",
        "• slack       none",
        "✗ source      no",
    ]
    terminal.diagnosed(findings, True)
    answer = json.loads(capsys.readouterr().out)
    assert answer["checks"][2] == {"name": "source", "status": "bad", "detail": "no"}


def test_the_clock_is_utc_and_waits():
    before = clock.now()
    clock.sleep(0.001)
    assert clock.now() > before
    assert before.utcoffset().total_seconds() == 0
