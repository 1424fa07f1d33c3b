"""A session that is missing while the exchange was open: told, asked for again, and held by its rule."""

import json
from datetime import timedelta

import pytest

from config import portfolio_file
from quant.errors import InputError
from quant.people import Actor
from tasks.data import quarantine
from tasks.record.replay import replay
from tasks.report.digest import digest
from tasks.report.formats import text
from tests.tasks.desk import (
    CLOSES,
    COLUMNS,
    EVENING,
    SESSION,
    TRADES,
    change,
    crash,
    held,
    market,
    proposed,
    sessions,
    without,
)

EVERYTHING = {"AAA", "BBB", "CCC"}
BEFORE = sessions(2)[0]
LIMITED = "[risk]\nvar_95 = 0.2\nmax_drawdown = 0.9\nmax_volatility = 0.9\n"


def gap(days, symbol="AAA", **given):
    return without(market(**given), symbol, days)


def accepted(day, reason="halted"):
    return f'[[data.gap]]\nsymbol = "AAA"\nfirst = {day}\nreason = "{reason}"\n'


def volatilities(report, symbol):
    return {row.estimator: row.annualised for row in report.volatility if row.symbol == symbol}


def test_a_session_missing_just_now_holds_everything_and_is_told(desk):
    """As is what was computed over it; a replay finds all of it again, and a run of before filled it."""
    report = desk.day(gap([BEFORE]))
    assert report.status == "held"
    assert set(held(report)) == EVERYTHING
    assert held(report)["BBB"].startswith(f"AAA: no price on {BEFORE}; it is asked for again by each run")
    [row] = report.data.gaps
    assert (row.symbol, row.first, row.last, row.sessions) == ("AAA", str(BEFORE), str(BEFORE), 1)
    assert row.holds
    actions = {row.symbol: row.action for row in report.signals if row.signal == "adaptive"}
    assert (actions["AAA"], actions["BBB"] is None) == (None, False)
    over = {(row.symbol, row.over_gap) for row in (*report.volatility, *report.signals)}
    assert over == {("AAA", True), ("BBB", False), ("CCC", False)}
    assert replay(desk.context(), report.run_id).difference is None
    definitions = json.loads(desk.rows("run", run_id=report.run_id)[0]["definitions"]) | {"versions": {}}
    desk.sql("update runs set definitions = ?, gaps = null", json.dumps(definitions))
    assert "signals[AAA].action" in str(replay(desk.context(), report.run_id).difference)


@pytest.mark.long
def test_an_older_gap_is_told_and_holds_nothing(desk):
    """And nothing is missing before the first price of a symbol."""
    day = sessions(42)[0]
    report = desk.day(without(gap([day]), "CCC", sessions(60)[:30]))
    assert proposed(report) == TRADES
    assert [(row.symbol, row.first, row.holds) for row in report.data.gaps] == [("AAA", str(day), False)]


@pytest.mark.long
def test_what_comes_later_fills_the_gap(desk):
    assert desk.day(gap([sessions(41)[0]])).status == "held"
    report = desk.day(market())
    assert (report.data.rows_new, report.data.gaps) == (1, [])
    assert proposed(report) == TRADES


@pytest.mark.long
def test_the_gap_of_a_small_position_holds_its_own_trades_alone(desk):
    report = desk.day(gap([BEFORE], "CCC"), desk.portfolio(tables="[risk]\ndata_tolerance = 0.9\n"))
    assert set(held(report)) == {"CCC"}
    assert report.status == "partial"


@pytest.mark.long
def test_a_gap_that_somebody_accepts_holds_nothing_and_stays_told(desk):
    report = desk.day(gap([BEFORE]), desk.portfolio(tables=accepted(BEFORE)))
    assert report.status == "recommended"
    assert [(row.holds, row.accepted) for row in report.data.gaps] == [(False, "halted")]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (accepted(BEFORE).replace("AAA", "ZZZ"), "'ZZZ' is neither a target nor held nor the benchmark"),
        (accepted(f"{BEFORE}\nlast = 2024-01-02"), "has last = 2024-01-02, before first"),
    ],
)
def test_a_gap_that_cannot_be_is_refused(desk, table, sentence):
    with pytest.raises(InputError, match=sentence):
        portfolio_file.read(desk.portfolio(tables=table))


def test_months_without_prices_leave_nothing_measured_and_the_value_in_doubt(desk):
    frame, days = market(count=560), sessions(295)
    for symbol in CLOSES:
        frame = without(frame, symbol, days[1:])
    report = desk.day(frame, desk.portfolio(tables=LIMITED))
    assert report.status == "held"
    assert report.risk.volatility is None
    for row in report.checks:
        if row.check in {"var_95", "max_drawdown", "max_volatility"}:
            assert (row.status, row.value) == ("unknown", None)
    assert set(volatilities(report, "AAA").values()) == {None}
    said = text.render(digest(report))
    assert f"The value is in doubt (AAA: last price of {days[0]}" in said.partition("The portfolio")[0]
    assert "Volatility\n----------\n- cannot be computed." in said


def test_a_jump_that_was_merely_confirmed_begins_another_history_until_a_person_accepts_it(desk):
    frame = crash(market(), "AAA", BEFORE, by=0.4)
    frame = crash(frame, "AAA", SESSION, by=0.4)
    before = desk.day(frame)
    assert before.status == "held"
    [begins] = before.data.begins
    assert (begins.symbol, begins.session, begins.reason) == ("AAA", str(SESSION), "jump")
    assert set(volatilities(before, "AAA").values()) == {None}
    rows = desk.rows("quarantine_rows", symbol="AAA", every=True)
    quarantine.decide(desk.context(), [rows[0]["id"]], "accepted", by=Actor.typed("Ada"), reason="it crashed")
    after = desk.day(frame)
    assert (after.data.begins, after.data.gaps) == ([], [])
    assert volatilities(after, "AAA")["ewma"] > 1


@pytest.mark.long
def test_a_bar_that_a_person_keeps_out_leaves_a_gap_that_holds_nothing(desk):
    frame = change(market(), "AAA", BEFORE, high=50.0)
    assert "decide on the rejected bar" in held(desk.day(frame))["AAA"]
    [row] = desk.rows("quarantine_rows", symbol="AAA", every=True)
    later = desk.at(EVENING + timedelta(minutes=1))
    quarantine.decide(desk.context(), [row["id"]], "rejected", by=Actor.typed("Ada"), reason="a typo")
    report = later.day(frame)
    assert report.status == "recommended"
    assert [(row.holds, row.accepted) for row in report.data.gaps] == [(False, "a typo (Ada)")]


@pytest.mark.long
def test_holdings_that_miss_a_split_put_the_value_in_doubt(desk):
    frame, day = market(split=1.0), sessions(5)[0]
    frame.loc[(frame["symbol"] == "BBB") & (frame["session"] < day), COLUMNS] *= 2
    report = desk.day(change(frame, "BBB", day, split=2.0))
    assert report.status == "held"
    assert "value is in doubt (BBB: split of 2:1" in text.render(digest(report)).partition("The portfolio")[0]
