from datetime import UTC, date, datetime

import pytest

from tasks.report.formats import markdown
from tasks.run.week import orders, review, week_of
from tests.tasks.desk import SESSION, Desk, market

MONDAY, SUNDAY = date(2024, 6, 24), date(2024, 6, 30)
EVENING = datetime(2024, 6, 28, 22, 30, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path).at(EVENING)


def test_a_week_without_a_run_has_no_review(desk):
    assert week_of(desk.context(), "trio", SUNDAY) is None
    desk.day(market())
    assert week_of(desk.context(), "trio", date(2024, 6, 23)) is None
    assert week_of(desk.context(), "another", SUNDAY) is None


def test_a_week_says_what_ran_and_what_became_of_the_orders(desk):
    desk.day(market())
    again = desk.day(market())  # the session's last run counts
    week = week_of(desk.context(), "trio", SUNDAY)
    assert (week.monday, week.ran, len(week.sessions)) == (MONDAY, 1, 5)
    assert [one.run_id for one in week.reports] == [again.run_id]
    assert (orders(week), week.orders["proposed"]) == ("3 proposed", 3)

    page = markdown.render(review(week))
    assert page.startswith("# trio · week of 2024-06-24 · 1 of 5 sessions run; 3 proposed")
    assert "2024-06-24, 2024-06-25, 2024-06-26, 2024-06-27" in page
    assert f"| {SESSION} | 2 buys, 1 sell," in page
    assert "| AAA | 50.0% | 70.0% |" in page


def test_a_session_that_is_not_complete_yet_is_not_missing(desk):
    desk.day(market(last=date(2024, 6, 25)), session=date(2024, 6, 25))
    before = desk.at(datetime(2024, 6, 26, 15, tzinfo=UTC)).context()
    assert week_of(before, "trio", date(2024, 6, 26)).sessions == [date(2024, 6, 24), date(2024, 6, 25)]
