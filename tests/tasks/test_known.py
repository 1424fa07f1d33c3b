"""What a run knows of splits and its holdings; the hand-worked day stands in tests/tasks/desk.py."""

import pytest

from tasks.replay import replay
from tests.conftest import mostly_long
from tests.tasks.desk import (
    CLOSES,
    COLUMNS,
    HOLDINGS,
    SESSION,
    TRADES,
    change,
    held,
    market,
    proposed,
    sessions,
)

EVERYTHING = {"AAA", "BBB", "CCC"}


def split_back(count, symbol="BBB", rows=60, closes=CLOSES):
    """The market with a 2:1 split of `symbol` on the `count`-th last session, and the day of it."""
    day = sessions(count)[0]
    frame = market(closes, rows, split=1.0)
    frame.loc[(frame["symbol"] == symbol) & (frame["session"] < day), COLUMNS] *= 2
    return change(frame, symbol, day, split=2.0), day


def counted(desk, day, **portfolio):
    """The desk's portfolio, its holdings counted on the evening of `day`."""
    return desk.portfolio(head=f"holdings_as_of = {day}", **portfolio)


@pytest.mark.parametrize(("back", "before"), [(5, 30), pytest.param(1, 2, marks=pytest.mark.long)])
def test_a_split_after_the_holdings_were_counted_holds_everything(desk, back, before):
    frame, day = split_back(back)
    report = desk.day(frame, counted(desk, sessions(before)[0]))
    assert report.status == "held"
    assert held(report) == dict.fromkeys(
        EVERYTHING,
        f"BBB: split of 2:1 on {day} not reflected in the holdings: restate them and set holdings_as_of",
    )


def test_holdings_that_count_the_split_trade(desk):
    frame, day = split_back(5)
    assert proposed(desk.day(frame, counted(desk, day))) == TRADES


@pytest.mark.parametrize("back", mostly_long([1, 20], 20))
def test_without_a_date_a_split_of_the_last_twenty_sessions_holds(desk, back):
    frame, day = split_back(back)
    report = desk.day(frame)
    assert report.status == "held"
    assert held(report) == dict.fromkeys(
        EVERYTHING,
        f"BBB: split of 2:1 on {day} may not be reflected in the holdings: "
        "set holdings_as_of once the holdings count it",
    )


def test_without_a_date_an_older_split_is_taken_as_counted(desk):
    frame, _ = split_back(21)
    assert proposed(desk.day(frame)) == TRADES


def test_a_split_of_what_is_not_held_concerns_no_holdings(desk):
    frame, _ = split_back(1)
    without_b = {symbol: quantity for symbol, quantity in HOLDINGS.items() if symbol != "BBB"}
    report = desk.day(frame, desk.portfolio(without_b | {"BBB": 0.0}))
    assert report.status == "recommended"
    assert {row.symbol for row in report.trades} == EVERYTHING


def test_a_run_sees_no_split_after_its_session(desk):
    frame, day = split_back(1)
    before = sessions(2)[0]
    report = desk.day(frame, counted(desk, before), before)
    assert str(day) == str(SESSION)
    assert report.status == "recommended"


def test_a_count_of_years_ago_misses_splits_of_years_ago(desk):
    """Beyond the panel of two years, and beyond the 800 sessions that are asked for without it."""
    frame, day = split_back(850, rows=900)
    report = desk.day(frame, counted(desk, sessions(860)[0]))
    assert report.status == "held"
    assert f"BBB: split of 2:1 on {day} not reflected" in held(report)["AAA"]


def test_the_panel_is_the_same_however_long_ago_the_holdings_were_counted(desk):
    frame = market(count=700)
    for portfolio in (desk.portfolio(), counted(desk, sessions(690)[0], name="old")):
        assert desk.day(frame, portfolio).status == "recommended"
    [(first,), (second,)] = desk.sql("select panel_digest from runs")
    assert first == second


def test_a_replay_finds_the_hold_again_though_the_holdings_were_restated(desk):
    frame, day = split_back(3)
    first = desk.day(frame, counted(desk, sessions(9)[0]))
    second = desk.day(frame, counted(desk, day))
    assert [first.status, second.status] == ["held", "recommended"]
    for run in (first, second):
        assert replay(desk.place(), run.run_id).difference is None
