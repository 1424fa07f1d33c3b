from datetime import UTC, date, datetime

import pytest

from tasks.outbox.review import reviewed
from tasks.report.formats import blockkit, markdown, text
from tasks.run.week import orders, review, week_of
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import SESSION, Desk, market
from tests.tasks.importing import decide

CHANNEL = "#portfolio-demo"  # a channel that the stand-in has
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


def test_a_week_is_told_to_the_portfolios_channel_once_and_again_when_it_says_something_else(desk, tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as slack:
        context = desk.context(slack_token=TOKEN, slack_url=slack.url)
        file = desk.portfolio(tables=f'[slack]\nchannel = "{CHANNEL}"\n')
        run_id = desk.day(market(), file).run_id
        [first] = reviewed(context, week_of(context, "trio", SUNDAY))
        assert (first.state, first.kind, first.channel) == ("sent", "review", f"slack:{CHANNEL}")
        reviewed(context, week_of(context, "trio", SUNDAY))
        [told] = slack.messages()
        assert "1 of 5 sessions run; 3 proposed" in str(told)
        decide((desk, run_id), "approved", "AAA")
        reviewed(context, week_of(context, "trio", SUNDAY))
        assert "3 proposed, 1 approved" in str(slack.messages()[-1])
        assert all(message.get("thread_ts") is None for message in slack.messages())


def test_a_week_that_cannot_be_told_now_waits_in_the_outbox(desk):
    context = desk.context(slack_token=TOKEN, slack_url="http://127.0.0.1:9/api/")
    desk.day(market(), desk.portfolio(tables=f'[slack]\nchannel = "{CHANNEL}"\n'))
    [row] = reviewed(context, week_of(context, "trio", SUNDAY))
    assert (row.state, row.error is not None) == ("queued", True)


def test_a_week_says_what_it_earned_and_why(desk):
    """Monday and Friday are run: the week begins with what is recorded first in it."""
    desk.day(market())
    desk.decision(desk.portfolio(), MONDAY)
    report = desk.day(market())
    week = week_of(desk.context(), "trio", SUNDAY)
    assert week.earned["week"].twr == pytest.approx(report.performance.since)
    page = markdown.render(review(week))
    own, market_ = week.earned["week"], week.earned["week"].benchmark
    assert f"| week | {own.twr:+.2%} | {market_.return_:+.2%} | {own.strategic.return_:+.2%} |" in page
    assert "Against the strategic weights, by class" in page
    for told in (blockkit.render(review(week)), text.render(review(week))):
        assert f"{own.twr:+.2%}" in str(told)
