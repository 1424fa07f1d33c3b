from pydantic import SecretStr

from flows.day import run_day
from flows.deliver import deliver
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
