"""What each symbol owes: the last completed session of its own exchange, or an older one if it is late."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from tasks.record.replay import replay
from tests.tasks.desk import HOLDINGS, SESSION, change, market, without

BEFORE = date(2024, 6, 27)
COIN = '[[instrument]]\nsymbol = "CCC"\ncalendar = "24/7"\n'
FUND = '[[instrument]]\nsymbol = "CCC"\nlate = 1\n'


def coin(frame, last):
    """The market with a bar of CCC on every day up to `last`."""
    own = frame[frame["symbol"] == "CCC"]
    days = pd.date_range(own["session"].min(), last).date
    daily = own.set_index("session").reindex(days).ffill().rename_axis("session").reset_index()
    return pd.concat([frame[frame["symbol"] != "CCC"], daily[frame.columns]])


@pytest.mark.long
def test_a_day_of_24_hours_that_is_not_over_owes_the_one_before(desk):
    frame = change(coin(market(), SESSION), "CCC", SESSION, close=21.0, high=21.1)
    report = desk.day(frame, desk.portfolio(tables=COIN))
    assert (report.session, report.status) == (str(SESSION), "recommended")
    assert (report.data.stale, report.data.quarantined) == ([], [])
    known = frame[(frame["symbol"] == "CCC") & (frame["session"] == BEFORE)]["close"].item()
    assert report.value == pytest.approx(95000 + 250 * known)
    assert not desk.sql("select * from bars where symbol = 'CCC' and session = $1", SESSION)
    assert [(row.symbol, row.session) for row in report.data.earlier] == [("CCC", str(BEFORE))]
    again = replay(desk.at(desk.now + timedelta(days=3)).context(), report.run_id)
    assert again.difference is None
    later = desk.at(datetime(2024, 6, 29, 3, tzinfo=UTC)).day(frame, desk.portfolio(tables=COIN))
    assert later.value == pytest.approx(95000 + 250 * 21.0)


def test_a_coin_without_its_last_whole_day_holds(desk):
    frame = without(coin(market(), SESSION), "CCC", [BEFORE])
    report = desk.day(frame, desk.portfolio(tables=COIN))
    assert (report.status, report.data.stale) == ("held", ["CCC"])


def test_a_fund_may_come_a_session_late_where_the_file_says_so(desk):
    frame = without(market(), "CCC", [SESSION])
    assert desk.day(frame, desk.portfolio()).status == "held"
    report = desk.day(frame, desk.portfolio(tables=FUND))
    assert (report.status, report.data.stale, report.data.quarantined) == ("recommended", [], [])
    known = frame[(frame["symbol"] == "CCC") & (frame["session"] == BEFORE)]["close"].item()
    assert report.value == pytest.approx(95000 + 250 * known)
    assert [(row.symbol, row.session) for row in report.data.earlier] == [("CCC", str(BEFORE))]
    assert {row.symbol for row in report.volatility if row.annualised is not None} == set(HOLDINGS)
    assert replay(desk.context(), report.run_id).difference is None


def test_a_late_fund_that_is_later_still_is_stale(desk):
    frame = without(market(), "CCC", [SESSION, BEFORE])
    report = desk.day(frame, desk.portfolio(tables=FUND))
    assert (report.status, report.data.stale) == ("held", ["CCC"])


def test_a_special_session_and_a_closure_of_the_portfolio_file(desk):
    saturday, closed = date(2024, 6, 22), date(2024, 6, 24)
    frame = market()
    frame = frame.assign(session=frame["session"].where(frame["session"] != closed, saturday))
    corrections = "".join(
        f'[[calendar_override]]\ncalendar = "XNYS"\ndate = {day}\nstate = "{state}"\nreason = "told"\n'
        for day, state in ((saturday, "open"), (closed, "closed"))
    )
    report = desk.day(frame, desk.portfolio())
    assert {(row.session, row.rule) for row in report.data.quarantined} == {("2024-06-22", "trading_day")}
    report = desk.day(frame, desk.portfolio(tables=corrections, name="corrected"))
    assert (report.data.quarantined, report.status) == ([], "recommended")
    assert replay(desk.context(), report.run_id).difference is None
