"""What a schedule has missed: by properties on made-up sessions, and by the exchanges' calendars."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendars import Calendar
from tasks.run.due import PUNCTUAL, RUN, CatchUp, due, finished, of_day, told_sessions
from tests.tasks.desk import SESSION as MADE_ON
from tests.tasks.desk import Desk, market

NEW_YORK = ZoneInfo("America/New_York")


def planned(day):
    return datetime.combine(day, time(18, 30), NEW_YORK).astimezone(UTC)


def evening(day, hours=0.0):
    """So many hours after the run of a day was planned."""
    return planned(day) + timedelta(hours=hours)


LATEST = CatchUp()


def missed(now, told, rule=LATEST, calendar="XNYS", days=40):
    since = now.date() - timedelta(days=days)
    return due(finished(Calendar(calendar), since, planned, now), told, rule, now)


def wanted(found):
    return [day for day, why in found.items() if why is None]


THURSDAY, FRIDAY, MONDAY = date(2025, 1, 2), date(2025, 1, 3), date(2025, 1, 6)
RULES = st.builds(CatchUp, st.sampled_from(["latest", "all", "none"]), st.integers(0, 30))
DAYS = st.dates(date(2024, 1, 1), date(2025, 12, 31))


@given(st.sets(DAYS, max_size=20), st.sets(DAYS, max_size=5), RULES, st.floats(0, 24 * 40))
def test_history_never_comes_after_news_and_latest_is_one(sessions, told, rule, hours):
    now = evening(max(sessions, default=FRIDAY), hours)
    found = due({day: planned(day) for day in sessions}, told, rule, now)
    assert {*found} == sessions
    late = [day for day in wanted(found) if now - planned(day) > PUNCTUAL]
    assert not [day for day in wanted(found) if day in told or day < max(told, default=date.min)]
    assert len(late) <= {"latest": 1, "all": len(sessions), "none": 0}[rule.which]
    assert all(now - planned(day) <= timedelta(days=rule.days) for day in late)
    if rule.which == "latest":
        assert set(late) <= {max(sessions, default=None)}
    assert late == [] or told


@given(st.sets(DAYS, min_size=1, max_size=20), RULES, st.floats(0, 24 * 40))
def test_what_was_made_up_is_due_no_more_and_nothing_older_is(sessions, rule, hours):
    now, told = evening(max(sessions), hours), {date(2023, 12, 29)}
    made = wanted(due({day: planned(day) for day in sessions}, told, rule, now))
    if made:
        again = due({day: planned(day) for day in sessions}, told | {*made}, rule, now)
        assert wanted(again) == []
        assert {again[day] for day in made} == {RUN}


def test_after_a_week_only_the_newest_session_is_made_up():
    found = missed(evening(MONDAY, 12), {date(2024, 12, 27)})
    assert wanted(found) == [MONDAY]
    assert found[FRIDAY] == "2025-01-06 is newer, and only the newest missed session is made up"


def test_all_are_made_up_in_their_order_within_the_lateness():
    assert wanted(missed(evening(MONDAY, 12), {date(2024, 12, 27)}, CatchUp("all", 5))) == [
        THURSDAY,
        FRIDAY,
        MONDAY,
    ]


def test_none_leaves_only_the_run_of_the_day_itself():
    told = {date(2024, 12, 27)}
    assert wanted(missed(evening(MONDAY, 5), told, CatchUp("none"))) == [MONDAY]
    assert wanted(missed(evening(MONDAY, 7), told, CatchUp("none"))) == []


def test_a_session_that_was_rerun_by_hand_is_not_made_up_nor_is_one_before_it():
    found = missed(evening(MONDAY, 12), {FRIDAY}, CatchUp("all"))
    assert wanted(found) == [MONDAY]
    assert (found[FRIDAY], "news" in found[THURSDAY]) == (RUN, True)
    assert wanted(missed(evening(MONDAY, 12), {MONDAY}, CatchUp("all"))) == []


def test_a_portfolio_that_was_never_run_has_missed_nothing():
    assert wanted(missed(evening(MONDAY, 12), set(), CatchUp("all"))) == []
    assert wanted(missed(evening(MONDAY, 1), set())) == [MONDAY]


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        (datetime(2025, 1, 7, 4, 59, tzinfo=UTC), MONDAY),  # a minute before midnight in New York
        (datetime(2025, 1, 7, 5, 1, tzinfo=UTC), MONDAY),
        (datetime(2025, 1, 6, 23, 29, tzinfo=UTC), FRIDAY),  # a minute before the run is planned
        (datetime(2025, 1, 9, 23, 45, tzinfo=UTC), date(2025, 1, 8)),  # the day of mourning is no session
        (datetime(2025, 7, 3, 22, 45, tzinfo=UTC), date(2025, 7, 3)),  # a half-day
        (datetime(2025, 7, 4, 22, 45, tzinfo=UTC), date(2025, 7, 3)),  # a holiday
        (datetime(2025, 3, 10, 22, 29, tzinfo=UTC), date(2025, 3, 7)),  # 18:30 is an hour earlier in summer
        (datetime(2025, 3, 10, 22, 31, tzinfo=UTC), date(2025, 3, 10)),
        (datetime(2025, 11, 3, 23, 29, tzinfo=UTC), date(2025, 10, 31)),
        (datetime(2025, 11, 3, 23, 31, tzinfo=UTC), date(2025, 11, 3)),
    ],
)
def test_the_newest_session_by_the_clock_and_the_calendar(now, newest):
    assert wanted(missed(now, {date(2024, 12, 27)})) == [newest]


def test_each_portfolio_has_the_sessions_of_its_own_exchange():
    boxing = date(2025, 12, 26)
    told, now = {date(2025, 12, 23)}, evening(boxing, 1)
    found = {name: missed(now, told, calendar=name) for name in ("XNYS", "XLON")}
    assert wanted(found["XNYS"]) == [boxing]
    assert boxing not in found["XLON"]
    assert of_day(found, boxing) is None
    assert of_day({"XLON": found["XLON"]}, boxing) == "no portfolio trades on it"


def test_told_is_what_people_were_told_by_a_run_that_did_not_fail(tmp_path):
    desk = Desk(tmp_path)
    desk.day(market(), notifying=False)
    assert told_sessions(desk.context()) == {}
    desk.day(market(), notifying=True)
    assert told_sessions(desk.context()) == {"trio": {MADE_ON}}
