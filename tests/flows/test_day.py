"""A day from its file to its report: what each fault of the data does to trades, value and alerts."""

from datetime import date

import pandas as pd
import pytest

from flows.day import run_day
from quant.people import Actor
from tasks.data.quarantine import decide, listing
from tasks.record.replay import replay
from tests.conftest import mostly_long
from tests.tasks.desk import (
    CLOSES,
    HOLDINGS,
    SESSION,
    TRADES,
    change,
    crash,
    held,
    market,
    proposed,
    rules,
    sessions,
    without,
)

TINY = {"TINY": 10.0}
SMALL_TOLERANCE = "[risk]\ndata_tolerance = 0.01\n"
BEFORE = sessions(2)[0]


def test_a_good_day_proposes_what_was_worked_out_by_hand(desk):
    report = desk.day(market())
    assert report.status == "recommended"
    assert report.value == pytest.approx(100_000.0)
    assert proposed(report) == TRADES
    assert (report.data.rows_new, report.data.rows_restated) == (180, 0)
    assert (rules(report), report.data.stale, report.alerts, report.error) == ([], [], [], None)
    assert report.returns == "price"
    again = desk.day(market())
    assert (again.data.rows_new, again.data.rows_restated) == (0, 0)
    assert proposed(again) == TRADES


@pytest.mark.long
def test_a_restated_close_is_counted_and_used(desk):
    desk.day(market())
    report = desk.day(market({**CLOSES, "CCC": 20.02}))
    assert (report.data.rows_new, report.data.rows_restated) == (0, 60)
    assert report.value == pytest.approx(100_000.0 + 250 * 0.02)


@pytest.mark.long
def test_a_thousand_bad_rows_are_a_thousand_rows_of_the_report(desk):
    frame = market(count=600)
    bad = (frame["symbol"] != "CCC") & (frame["session"] < sessions(100)[0])
    frame.loc[bad, "low"] = frame.loc[bad, "close"] * 1.0005  # under the high, above the close
    report = desk.day(frame)
    assert bad.sum() == 1000
    assert len(report.data.quarantined) == 1000
    assert {rule for _, _, rule in rules(report)} == {"low_is_lowest"}
    assert report.data.rows_new == 1800 - 1000
    assert proposed(report) == TRADES


BAD_BARS = {
    "high_is_highest": {"high": 49.0},
    "low_is_lowest": {"low": 50.04},
    "positive_open": {"open": -1.0, "low": None},
    "positive_close": {"close": 0.0},
    "close_given": {"close": None},
    "volume_not_negative": {"volume": -5.0},
    "move_bound": {"open": 80.0, "high": 80.0, "low": 80.0, "close": 80.0},
}


@pytest.mark.parametrize("rule", mostly_long(BAD_BARS, "move_bound"))
def test_a_bad_bar_on_the_session_holds_the_whole_portfolio(desk, rule):
    report = desk.day(change(market(), "BBB", SESSION, **BAD_BARS[rule]))
    assert ("BBB", str(SESSION), rule) in rules(report)
    assert report.status == "held"
    assert set(held(report)) == {"AAA", "BBB", "CCC"}
    assert all(reason.startswith("BBB was quarantined: ") for reason in held(report).values())
    # 400 shares at the last accepted close, 50 * 1.002
    assert report.value == pytest.approx(70_000 + 400 * 50.1 + 5_000 + 5_000)
    assert report.data.stale == ["BBB"]


def test_a_bar_delivered_twice_with_different_values_is_refused_twice(desk):
    frame = market()
    double = frame[(frame["symbol"] == "BBB") & (frame["session"] == SESSION)]
    report = desk.day(pd.concat([frame, double.assign(volume=double["volume"] + 1)]))
    assert rules(report) == [("BBB", str(SESSION), "unique_key")] * 2
    assert report.status == "held"


def test_a_bar_on_a_holiday_is_refused_and_nothing_is_held(desk):
    juneteenth = date(2024, 6, 19)
    extra = change(market(count=1), "AAA", SESSION).assign(session=juneteenth)
    report = desk.day(pd.concat([market(), extra[extra["symbol"] == "AAA"]]))
    assert rules(report) == [("AAA", str(juneteenth), "trading_day")]
    assert proposed(report) == TRADES


def test_a_bad_bar_of_an_earlier_session_is_a_gap_that_holds_until_a_person_decides(desk):
    earlier = sessions(4)[0]
    report = desk.day(change(market(), "BBB", earlier, volume=-1.0))
    assert rules(report) == [("BBB", str(earlier), "volume_not_negative")]
    assert set(held(report)) == {"AAA", "BBB", "CCC"}
    assert proposed(report) == []


def test_a_small_holding_with_a_bad_bar_holds_only_itself(desk):
    portfolio = desk.portfolio({**HOLDINGS, "TINY": 50.0}, tables=SMALL_TOLERANCE)
    frame = change(market({**CLOSES, **TINY}), "TINY", SESSION, high=1.0)
    report = desk.day(frame, portfolio)
    assert set(held(report)) == {"TINY"}
    assert {symbol for symbol, *_ in proposed(report)} == {"AAA", "BBB", "CCC"}
    assert report.status == "partial"


def test_a_missing_bar_is_stale_and_holds_everything(desk):
    report = desk.day(without(market(), "CCC", sessions(2)))
    assert report.data.stale == ["CCC"]
    assert rules(report) == []
    assert set(held(report)) == {"AAA", "BBB", "CCC"}
    assert held(report)["AAA"] == "CCC has no accepted bar on the session: stale for 2 sessions"


def test_a_batch_without_most_symbols_is_held_whole(desk):
    first = desk.day(market(last=BEFORE), session=BEFORE)
    assert first.status == "recommended"
    frame = market()
    report = desk.day(frame[frame["symbol"] == "AAA"])
    assert report.data.held == "2 of 3 asked symbols have no bars"
    assert [error.symbol for error in report.data.errors] == ["BBB", "CCC"]
    assert (report.data.rows_new, report.data.rows_restated) == (0, 0)
    assert report.status == "held"
    assert report.data.stale == ["AAA", "BBB", "CCC"]
    assert report.known_at == first.known_at
    assert desk.sql("select max(session) from bars") == [(BEFORE,)]


def test_a_first_batch_that_is_held_leaves_a_portfolio_without_a_value(desk):
    frame = market()
    report = desk.day(frame[frame["symbol"] == "AAA"])
    assert (report.status, report.value, report.known_at) == ("held", None, None)
    assert report.trades == []
    assert {row.scope for row in report.checks if row.status == "block"} == {"AAA", "BBB", "CCC"}


def test_an_impossible_dividend_is_refused_and_spoils_no_other_bar(desk):
    frame = change(market(dividend=0.0), "AAA", BEFORE, dividend=150.0)
    report = desk.day(frame)
    assert rules(report) == [("AAA", str(BEFORE), "dividend_100x"), ("AAA", str(BEFORE), "payout")]
    assert proposed(report) == TRADES


def test_an_impossible_dividend_on_the_session_holds(desk):
    frame = crash(market(dividend=0.0), "AAA", SESSION, by=0.1)
    report = desk.day(change(frame, "AAA", SESSION, dividend=150.0))
    assert rules(report) == [("AAA", str(SESSION), "dividend_100x"), ("AAA", str(SESSION), "payout")]
    assert report.status == "held"
    [alert] = report.alerts  # a payout that was right would explain the fall
    assert not alert.confirmed
    assert "an action of this day (dividend_100x, payout)" in alert.detail
    assert report.returns == "total"


def test_a_split_and_a_dividend_are_no_moves(desk):
    frame = market(split=1.0, dividend=0.0)
    early = (frame["symbol"] == "BBB") & (frame["session"] < SESSION)
    frame.loc[early, ["open", "high", "low", "close"]] *= 2
    frame = change(frame, "BBB", SESSION, split=2.0)
    paid = (frame["symbol"] == "CCC") & (frame["session"] < SESSION)
    frame.loc[paid, ["open", "high", "low", "close"]] += 8.0
    portfolio = desk.portfolio(head=f"holdings_as_of = {SESSION}")
    report = desk.day(change(frame, "CCC", SESSION, dividend=8.0), portfolio)
    assert (rules(report), report.alerts) == ([], [])
    assert proposed(report) == TRADES


def test_a_crash_beyond_the_move_bound_alerts_unconfirmed_and_holds(desk):
    report = desk.day(crash(market(), "CCC", SESSION, by=0.30))
    assert rules(report) == [("CCC", str(SESSION), "move_bound")]
    [alert] = report.alerts
    assert (alert.symbol, alert.severity, alert.confirmed) == ("CCC", "critical", False)
    # from 20 * 1.002 to a low of 20 * 0.999 * 0.7
    assert alert.move == pytest.approx(20 * 0.999 * 0.7 / (20 * 1.002) - 1)
    assert report.status == "held"


def test_a_rejected_bar_alerts_whichever_rules_rejected_it(desk):
    """A low of a hundredth, as IWB's on 2010-05-06; a share worth nothing; a rise by a third, held."""
    frame = change(market(), "AAA", SESSION, low=1.05, volume=-1.0)
    frame = change(frame, "BBB", SESSION, open=0.0, high=0.0, low=0.0, close=0.0)
    report = desk.day(crash(frame, "CCC", SESSION, by=-0.33))
    assert report.status == "held"
    found = {row.symbol: (row.kind, row.severity, row.confirmed) for row in report.alerts}
    assert found == {
        "AAA": ("range_shock", "critical", False),
        "BBB": ("range_shock", "critical", False),
        "CCC": ("rejected_rise", "warning", False),
    }
    assert [row.move for row in report.alerts] == pytest.approx(
        [-1.0, 1.05 / 100.2 - 1, 20 * 1.33 / 20.04 - 1]
    )
    why = {row.symbol: row.detail.partition("not confirmed, ")[2] for row in report.alerts}
    assert "unit_100x, volume_not_negative" in why["AAA"]
    assert "positive_close" in why["BBB"]
    assert "(move_bound)" in why["CCC"]
    # A run of before knew no gaps, and read falls of the move bound alone.
    desk.sql("update runs set definitions = null, gaps = null")
    desk.sql("delete from alerts")
    assert replay(desk.context(), report.run_id).difference is None


@pytest.mark.long
def test_an_alert_is_confirmed_once_a_person_accepts_the_row(desk):
    frame = crash(market(), "CCC", SESSION, by=0.4975)
    [alert] = desk.day(frame).alerts
    assert not alert.confirmed
    context = desk.context()
    waiting = [row.id for row in listing(context, "CCC", every=False)]
    decide(context, waiting, "accepted", "it fell", Actor.typed("ada"))
    [again] = desk.day(frame).alerts
    assert (again.confirmed, again.move) == (True, alert.move)


def test_a_crash_that_the_next_session_confirms_is_believed(desk):
    frame = crash(crash(market(), "CCC", BEFORE, by=0.30), "CCC", SESSION, by=0.30)
    report = desk.day(frame)
    assert rules(report) == [("CCC", str(BEFORE), "move_bound")]
    assert report.data.stale == []
    assert report.value == pytest.approx(95_000.0 + 250 * 14.0)


def test_alerts_stand_worst_first_confirmed_or_not(desk):
    frame = crash(market(), "AAA", SESSION, by=0.03)
    frame = crash(frame, "BBB", SESSION, by=0.10)
    report = desk.day(crash(frame, "CCC", SESSION, by=0.40))
    found = [(alert.symbol, alert.severity, alert.confirmed) for alert in report.alerts]
    assert found == [("CCC", "critical", False), ("BBB", "critical", True), ("AAA", "warning", True)]


def test_the_flash_crash_alerts_and_the_day_before_does_not(desk):
    portfolio = desk.portfolio({"^GSPC": 10.0, "JNJ": 100.0}, {"^GSPC": 0.7, "JNJ": 0.3})
    file = portfolio.read_text().replace('benchmark = "AAA"', 'benchmark = "^GSPC"')
    portfolio.write_text(file)
    calm, crashed = date(2010, 4, 21), date(2010, 5, 6)
    reports = {
        day: run_day(desk.context(), desk.order(portfolio, "bundled", day), notifying=False)
        for day in (calm, crashed)
    }
    assert reports[calm].alerts == []
    [alert] = reports[crashed].alerts
    assert (alert.symbol, alert.confirmed) == ("^GSPC", True)
    # the index fell from 1165.87 (5 May) to a low of 1065.79: published figures
    assert alert.move == pytest.approx(1065.79 / 1165.87 - 1, abs=1e-4)
    assert reports[crashed].benchmark.day == pytest.approx(1128.15 / 1165.87 - 1, abs=1e-4)
    assert reports[crashed].data.illustration
    assert reports[crashed].historical
