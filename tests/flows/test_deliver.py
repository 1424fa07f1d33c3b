from datetime import timedelta

from pydantic import SecretStr

from flows.day import run_day
from flows.deliver import deliver
from tasks.outbox.delivery import deliver_all
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import Desk, market


def test_what_waits_is_delivered_once(tmp_path, monkeypatch):
    desk = Desk(tmp_path)
    portfolio = desk.portfolio(tables='[slack]\nchannel = "#portfolio-core"\n')
    request = desk.order(portfolio, desk.prices(market()))
    down = desk.context(slack_url="http://127.0.0.1:9/", slack_token=SecretStr(TOKEN))
    [notice] = run_day(down, request).notices
    assert notice.state == "queued"
    with SlackStandIn(tmp_path / "slack.db") as slack:
        for name, value in {"HOME": str(desk.home), "SLACK_URL": slack.url, "SLACK_TOKEN": TOKEN}.items():
            monkeypatch.setenv(f"BALLAST_{name}", value)
        assert deliver.fn().message == "4 sent"  # the message, its details, its orders and a picture
        assert deliver.fn().message == "no message waits"
        assert len(slack.messages()) == 1


def test_in_an_empty_home_nothing_waits(tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))
    state = deliver.fn()
    assert (state.is_completed(), state.message) == (True, "no message waits")


def test_a_delivery_leaves_what_it_has_no_time_for_to_the_next_one(tmp_path):
    desk = Desk(tmp_path)
    request = desk.order(
        desk.portfolio(tables='[slack]\nchannel = "#portfolio-core"\n'), desk.prices(market())
    )
    run_day(desk.context(slack_url="http://127.0.0.1:9/", slack_token=SecretStr(TOKEN)), request)
    with SlackStandIn(tmp_path / "slack.db") as slack:
        context = desk.context(slack_url=slack.url, slack_token=SecretStr(TOKEN))
        assert deliver_all(context, timedelta()) == []
        assert slack.everything() == []
        assert {row.state for row in deliver_all(context)} == {"sent"}
