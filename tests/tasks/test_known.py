"""What a run knows of splits and its holdings; the hand-worked day stands in tests/tasks/desk.py."""

import pytest

from quant.policy import definitions
from tasks.record.replay import replay
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


@pytest.mark.long
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
        assert replay(desk.context(), run.run_id).difference is None


def stepped(count, by=4.0, adj_close=False):
    """The market with BBB's prices before the `count`-th last session times `by`, and the day of the step."""
    day = sessions(count)[0]
    frame = market()
    if adj_close:
        frame = frame.assign(adj_close=frame["close"])
    frame.loc[(frame["symbol"] == "BBB") & (frame["session"] < day), COLUMNS] *= by
    return frame, day


def nobody_told(ratio, day):
    """What is held for it."""
    words = "count the shares, restate the holdings if they are others, and set holdings_as_of"
    return dict.fromkeys(
        EVERYTHING, f"BBB: its price stepped as at a split by {ratio} on {day}, which nobody told: {words}"
    )


@pytest.mark.parametrize("back", mostly_long([6, 12, 40], 12))
@pytest.mark.parametrize("dated", mostly_long([True, False], True))
def test_a_step_like_a_split_that_nobody_told_holds_until_the_shares_are_counted(desk, back, dated):
    frame, day = stepped(back)
    file = counted(desk, sessions(45)[0]) if dated else desk.portfolio()
    report = desk.day(frame, file)
    assert report.status == "held"
    assert {row.rule for row in report.data.quarantined} == {"move_bound"}, "the level is confirmed"
    assert held(report) == nobody_told("4:1", day)
    assert replay(desk.context(), report.run_id).difference is None
    # What is left is the day of the step itself, whose bar was rejected: a gap for a person to decide on.
    after = held(desk.day(frame, counted(desk, day)))
    assert after
    assert not any("nobody told" in why for why in after.values())


def test_a_payout_as_large_as_a_split_of_which_only_adjusted_closes_know_may_be_one(desk):
    frame, day = stepped(12, 1.5, adj_close=True)
    assert held(desk.day(frame, counted(desk, sessions(20)[0]))) == nobody_told("3:2", day)


def test_a_run_of_before_steps_were_looked_for_replays_as_it_was(desk, monkeypatch):
    newest = dict(definitions.CHANGED)
    monkeypatch.setattr(definitions, "CHANGED", newest | {"unreconciled": 1, "gaps": 1})
    report = desk.day(stepped(12)[0])
    assert report.status == "recommended"
    monkeypatch.setattr(definitions, "CHANGED", newest)
    assert replay(desk.context(), report.run_id).difference is None


def test_a_split_that_was_told_the_wrong_way_round_holds_until_the_shares_are_counted(desk):
    """The price steps by no common ratio, within the move bound: nothing else doubts the shares."""
    day = sessions(4)[0]
    frame = market(split=1.0)
    frame.loc[(frame["symbol"] == "BBB") & (frame["session"] < day), COLUMNS] *= 1.231
    frame = change(frame, "BBB", day, split=1 / 1.231)
    report = desk.day(frame)
    assert report.status == "held"
    assert held(report)["BBB"].startswith(
        f"BBB: a split told on {day} was rejected (split_inverse): count the"
    )
    assert replay(desk.context(), report.run_id).difference is None
    assert proposed(desk.day(frame, counted(desk, day))) == TRADES
