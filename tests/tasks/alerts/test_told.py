"""To which channels alerts go: the day's, by the routes of HOME/alerts.toml, and a test of the whole path."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from quant.people import Actor
from tasks.alerts import decided
from tasks.outbox.alerting.tested import send_test
from tasks.outbox.delivery import deliver_all
from tasks.outbox.notify import notify_alerts
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import EVENING, SESSION, crash, market
from warehouse import alerts

CHANNELS = """
[[channel]]
notifier = "preview"
name = "#desk"
[[channel]]
notifier = "preview"
name = "pager"
"""
NIGHT = """
[[route]]
severity = "critical"
from = "18:00"
to = "08:00"
timezone = "America/New_York"
channel = "pager"
"""


def rules(desk, text):
    desk.home.mkdir(parents=True, exist_ok=True)
    (desk.home / "alerts.toml").write_text(text)


def told(desk):
    found = [json.loads(file.read_text()) for file in (desk.home / "previews").glob("*-alert-*.json")]
    return sorted(one["channel"] for one in found)


@pytest.fixture
def fallen(desk):
    """A day on which CCC fell by so much that it is critical, before anybody was told."""
    return desk.day(crash(market(), "CCC", SESSION, by=0.1), desk.portfolio(tables=CHANNELS)).run_id


def test_an_alert_of_the_day_goes_where_the_route_of_its_severity_and_hour_says(desk, fallen):
    rules(desk, NIGHT)
    notify_alerts(desk.context(), fallen)
    assert told(desk) == ["pager"]


def test_told_again_at_another_hour_it_goes_nowhere_else(desk, fallen):
    rules(desk, NIGHT)
    notify_alerts(desk.context(), fallen)
    notify_alerts(desk.at(EVENING + timedelta(hours=15)).context(), fallen)
    assert told(desk) == ["pager"]
    with desk.visit() as db:
        [alert] = alerts.listed(db, EVENING)
        [link] = alerts.portfolios(db, [alert.fingerprint])
    assert (link.told_at, link.told_last, link.told_as) == (EVENING, EVENING, "critical confirmed firing")


def test_what_has_become_critical_is_told_by_the_route_of_then(desk, fallen):
    rules(desk, NIGHT)
    desk.sql("update alerts set severity = 'warning'")
    desk.sql("update alert_states set severity = 'warning'")
    notify_alerts(desk.context(), fallen)
    assert told(desk) == ["#desk", "pager"]
    desk.sql("update alerts set severity = 'critical'")
    night = EVENING + timedelta(hours=2)
    notify_alerts(desk.at(night).context(), fallen)
    assert told(desk) == ["#desk", "pager", "pager"]
    [link] = desk.sql("select told_at, told_as from alert_portfolios")
    assert link == (night.replace(tzinfo=None), "critical confirmed firing")


@pytest.mark.parametrize("text", ["[[route]]\n", NIGHT.replace("pager", "pagre"), ""])
def test_a_wrong_file_or_a_misspelt_channel_leaves_nobody_untold(desk, fallen, text):
    rules(desk, text)
    notify_alerts(desk.context(), fallen)
    assert told(desk) == ["#desk", "pager"]


def test_a_test_reaches_the_channels_of_its_route_and_no_alert_is_kept(desk):
    rules(desk, NIGHT)
    file = str(desk.portfolio(tables=CHANNELS))
    [one] = send_test(desk.context(), [file], "critical")
    assert [(row.channel, row.kind, row.state) for row in one.notices] == [
        ("preview:pager", "test", "preview")
    ]
    assert (one.left_out, one.waits, one.muted, one.arrived) == (["preview:#desk"], 0, None, True)
    [lesser] = send_test(desk.context(), [file], "warning")
    assert (len(lesser.notices), lesser.waits) == (2, 30)
    texts = [json.loads(file.read_text())["text"] for file in (desk.home / "previews").glob("*-test-*")]
    assert sorted({text.split(":")[0] for text in texts}) == [
        "TEST of a critical alert",
        "TEST of a warning alert",
    ]
    assert decided.listing(desk.context()).alerts == []


def test_a_test_says_that_such_an_alert_is_silenced_and_refuses_a_wrong_file(desk, fallen):
    file = str(desk.portfolio(tables=CHANNELS))
    decided.silence(
        desk.context(), Actor.typed("Ada"), "2024-06-29T00:00Z", "a holiday", portfolio="trio"
    )  # fmt: skip
    [one] = send_test(desk.context(), [file], "critical")
    assert (one.notices, one.left_out, one.muted) == (
        [], [], "silenced by Ada until 2024-06-29 00:00 UTC: a holiday"
    )  # fmt: skip
    rules(desk, "[[route]]\n")
    with pytest.raises(InputError, match=r"alerts\.toml: the key 'route #1\.channel' is missing"):
        send_test(desk.context(), [file], "critical")


def test_a_critical_test_calls_people_and_one_that_is_refused_is_not_delivered_later(desk, tmp_path):
    file = str(desk.portfolio(tables='[slack]\nchannel = "#portfolio-core"\nmention = "<!here>"\n'))
    with SlackStandIn(tmp_path / "slack.db") as slack:
        context = desk.context(slack_token=TOKEN, slack_url=slack.url)
        [one] = send_test(context, [file], "critical")
        [message] = slack.messages()
        assert one.arrived
        assert "TEST of a critical alert: nothing has fallen" in message["text"]
        assert "<!here>" in json.dumps(message["blocks"])
        slack.fault("error:channel_not_found", times=9)
        later = desk.at(EVENING + timedelta(minutes=1)).context(slack_token=TOKEN, slack_url=slack.url)
        [refused] = send_test(later, [file], "critical")
        assert not refused.arrived
        assert refused.notices[0].state == "failed"
        assert "channel_not_found" in (refused.notices[0].error or "")
        assert deliver_all(later) == []
        assert len(slack.messages()) == 1
    assert sorted(row["state"] for row in desk.rows("notices_every")) == ["dropped", "sent"]


def test_the_command_ends_with_1_where_a_channel_refused(desk, tmp_path, monkeypatch):
    file = str(desk.portfolio(tables='[slack]\nchannel = "#portfolio-core"\n'))
    with SlackStandIn(tmp_path / "slack.db") as slack:
        monkeypatch.setenv("BALLAST_SLACK_TOKEN", TOKEN)
        monkeypatch.setenv("BALLAST_SLACK_URL", slack.url)
        asked = ["alerts", "test", "--home", str(desk.home), "--portfolio", file]
        done = CliRunner().invoke(app, asked)
        assert (done.exit_code, done.stdout) == (0, "trio: sent  slack:#portfolio-core\n")
        slack.fault("error:not_in_channel", times=9)
        refused = CliRunner().invoke(app, [*asked, "--json"])
    assert refused.exit_code == 1
    [one] = json.loads(refused.stdout)["tests"]
    assert [row["state"] for row in one["notices"]] == ["failed"]
