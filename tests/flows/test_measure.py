"""`ballast measure`, as the command line answers; the daily run finds the same numbers."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import BallastError, InputError
from tests.tasks.desk import SESSION, change, market, without

ESTIMATORS = [
    "close_to_close", "ewma", "garch", "garman_klass", "gjr_garch", "har_rv", "parkinson", "rogers_satchell",
    "yang_zhang",
]  # fmt: skip


@pytest.fixture
def measure(desk, monkeypatch):
    """Runs `ballast measure ...` with a HOME that must stay untouched; what it printed."""
    monkeypatch.setenv("BALLAST_HOME", str(desk.home))

    def run(*arguments, frame=None, session=SESSION):
        source = desk.prices(market(dividend=0.0) if frame is None else frame)
        command = ["measure", *arguments, "--session", str(session), "--source", source]
        result = CliRunner().invoke(app, command, catch_exceptions=False)
        assert result.exit_code == 0
        assert not desk.home.exists()
        return result

    return run


def test_the_numbers_of_the_daily_run(measure, desk):
    frame = change(market(dividend=0.0), "BBB", SESSION, high=50.4, low=49.1, open=49.5)
    answer = json.loads(measure("CCC", "BBB", "--json", frame=frame).stdout)
    assert set(answer) == {"schema", "measures", "signals", "risk", "gaps", "begins"}
    report = desk.day(frame)
    kept = {row["symbol"] for row in answer["measures"]}
    assert kept == {"BBB", "CCC"}
    daily = {
        (row.symbol, row.estimator): (row.window, row.annualised)
        for row in report.volatility
        if row.symbol in kept
    }
    assert {
        (row["symbol"], row["estimator"]): (row["window"], row["annualised"]) for row in answer["measures"]
    } == daily
    assert sorted((row["symbol"], row["signal"], row["value"]) for row in answer["signals"]) == sorted(
        (row.symbol, row.signal, row.value) for row in report.signals if row.symbol in kept
    )


def test_the_shape_of_the_answer(measure):
    answer = json.loads(measure("AAA", "AAA", "--json").stdout)
    assert answer["schema"] == 1
    assert [row["estimator"] for row in answer["measures"]] == ESTIMATORS
    by_name = {row["estimator"]: row for row in answer["measures"]}
    assert set(by_name["yang_zhang"]) == {
        "symbol", "estimator", "window", "annualised", "parameters", "over_gap",
    }  # fmt: skip
    assert (by_name["yang_zhang"]["window"], by_name["yang_zhang"]["parameters"]) == (20, {"window": 20})
    assert by_name["ewma"]["window"] is None
    assert by_name["ewma"]["parameters"] == {"decay": 0.94, "sessions": 500, "minimum": 20}
    assert {row["signal"] for row in answer["signals"]} == {"adaptive", "range_shock", "regime"}


def test_tails_of_a_level_a_window_and_a_horizon(measure):
    frame = market(dividend=0.0)
    words = ("--level", "0.9", "--window", "30", "--horizon", "3")
    answer = json.loads(measure("AAA", "--json", *words, frame=frame).stdout)
    [row] = answer["risk"]
    closes = frame[frame["symbol"] == "AAA"].sort_values("session")["close"].to_numpy()
    losses = np.sort(1 - closes[1:] / closes[:-1])
    last = np.sort(1 - closes[-30:] / closes[-31:-1])
    assert (row["level"], row["window"], row["horizon"]) == (0.9, 30, 3)
    assert row["historical_var"] == pytest.approx(last[27] * np.sqrt(3))  # of 30 at 90% the third largest
    assert row["tested"] == len(losses) - 30
    over = np.sort(1 - closes[-30:] / closes[-33:-3])
    assert row["direct_var"] == pytest.approx(over[27])
    by_name = {one["estimator"]: one for one in answer["measures"]}
    assert by_name["yang_zhang"]["window"] == by_name["close_to_close"]["window"] == 30
    assert by_name["ewma"]["window"] is None  # its weights fade
    told = measure("AAA", *words, frame=frame).stdout
    assert "Value at risk at 90.0% over 3 sessions, from 30 sessions" in told
    assert "Kupiec" in told
    [short] = json.loads(measure("AAA", "--json", frame=frame).stdout)["risk"]
    assert (short["historical_var"], short["tested"]) == (None, 0)  # 500 sessions are not there


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--level", "99"), "a level lies between 0.5 and 1"),
        (("--window", "1"), "a window has from 2 to 7,560 sessions"),
        (("--horizon", "0"), "a horizon has from 1 to 252 sessions"),
    ],
)
def test_a_number_outside_its_range_is_refused(measure, words, sentence):
    with pytest.raises(InputError, match=sentence):
        measure("AAA", *words)


def test_what_a_person_reads(measure):
    told = measure("BBB", "AAA").stdout
    rows = [line.split() for line in told.splitlines() if line.strip().startswith(("AAA", "BBB"))]
    assert [row[0] for row in rows] == ["BBB", "AAA"] * 2
    assert all(row[1].endswith("%") for row in rows[:2])
    assert "for study, they create no trades" in " ".join(told.split())
    assert f"{SESSION}, files:" in told


def test_closes_alone_have_no_ranges_and_the_table_leaves_them_out(measure):
    frame = market(dividend=0.0).assign(open=None, high=None, low=None)
    told = measure("AAA", frame=frame).stdout
    assert f"Not known of any symbol: {', '.join(ESTIMATORS[2:])}." in " ".join(told.split())
    row, _ = [line for line in told.splitlines() if line.strip().startswith("AAA")]
    assert "n/a" not in row
    answer = json.loads(measure("AAA", "--json", frame=frame).stdout)
    unknown = [row["estimator"] for row in answer["measures"] if row["annualised"] is None]
    assert unknown == ESTIMATORS[2:]


def test_a_rejected_bar_of_the_past_is_told_and_not_measured(measure):
    frame = market(dividend=0.0)
    day = sorted(frame["session"])[30]
    spoilt = measure("AAA", "--json", frame=change(frame, "AAA", day, high=1.0))
    assert f"Left out: AAA {day}" in spoilt.stderr
    left_out = measure("AAA", "--json", frame=without(frame, "AAA", [day]))
    assert spoilt.stdout == left_out.stdout


@pytest.mark.parametrize(
    ("arguments", "session", "sentence"),
    [
        (["AAA", "NOPE"], SESSION, "symbol 'NOPE' cannot be measured"),
        (["AAA"], "2024-06-19", "is not a trading day of XNYS"),
        (["AAA"], "2090-06-19", "is not complete yet"),
        (["AAA"], "2024-06-32", "is not a date"),
        (["AAA"], "2023-06-20", "before the source begins"),
        (["AAA"], "2024-07-01", "no accepted data on 2024-07-01: AAA (no bar)"),
        (["AAA", "--calendar", "XNOPE"], SESSION, "calendar 'XNOPE' cannot be built"),
    ],
)
def test_a_mistake_is_one_sentence(measure, desk, arguments, session, sentence):
    with pytest.raises(InputError) as caught:
        measure(*arguments, session=session)
    assert sentence in str(caught.value)
    assert not desk.home.exists()


def test_a_bar_of_the_session_that_was_rejected_is_not_measured(measure):
    with pytest.raises(InputError, match=r"no accepted data on 2024-06-28: AAA \("):
        measure("AAA", "BBB", frame=change(market(dividend=0.0), "AAA", SESSION, high=1.0))


def test_a_file_that_is_not_there(desk, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(desk.home))
    command = ["measure", "AAA", "--session", str(SESSION), "--source", f"files:{desk.folder}/none.csv"]
    with pytest.raises(BallastError, match="does not exist") as caught:
        CliRunner().invoke(app, command, catch_exceptions=False)
    assert caught.value.exit_code == 2
