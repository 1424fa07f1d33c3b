"""A failure of a flow reaches the operator, once; links lead where a phone can go."""

import json

import pytest

from tasks.outbox.delivery import deliver_all
from tasks.outbox.failed import failed
from tasks.report.links import public
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import Desk

PAGE = "http://127.0.0.1:4200/runs/flow-run/1b2c"


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "desk")


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


def context(desk, slack, **more):
    return desk.context(
        slack_url=slack.url, slack_token=TOKEN, operator_channel="#portfolio-demo", **more
    )  # fmt: skip


def test_it_is_told_once_with_step_cause_and_a_link_that_works_elsewhere(desk, slack):
    ours = context(desk, slack, public_url="https://ballast.example.org/desk/")
    for _ in range(2):
        assert failed(ours, "daily", "fetch", "Yahoo\nis down", PAGE).state == "sent"
    [message] = slack.messages()
    assert "FAILED: Yahoo is down" in message["text"]
    assert "fetch: Yahoo is down" in json.dumps(message["blocks"])
    assert "https://ballast.example.org/desk/runs/flow-run/1b2c" in json.dumps(message["blocks"])
    failed(ours, "daily", "fetch", "Yahoo is down", PAGE + "3d")
    assert len(slack.messages()) == 2


def test_without_a_public_address_there_is_no_link(desk, slack):
    failed(context(desk, slack), "daily", "fetch", "Yahoo is down", PAGE)
    [message] = slack.messages()
    assert "127.0.0.1" not in json.dumps(message)


def test_a_channel_that_is_away_gets_it_with_the_next_delivery(desk, slack):
    slack.fault("error:invalid_auth")
    assert failed(context(desk, slack), "daily", "fetch", "Yahoo is down").state == "failed"
    assert [row.state for row in deliver_all(context(desk, slack))] == ["sent"]
    assert deliver_all(context(desk, slack)) == []


def test_without_a_channel_it_is_a_preview_that_says_so(desk):
    row = failed(desk.context(), "daily", "read portfolio", "core.toml: weights sum to 2")
    assert row.state == "preview"
    assert "BALLAST_OPERATOR_CHANNEL" in row.error
    [file] = (desk.home / "previews").iterdir()
    assert "core.toml: weights sum to 2" in file.read_text()


@pytest.mark.parametrize(
    ("url", "base", "found"),
    [
        (PAGE, "", None),
        (None, "https://x.org", None),
        (PAGE, "https://x.org", "https://x.org/runs/flow-run/1b2c"),
        (PAGE + "?tab=Logs", "https://x.org:8443/a/", "https://x.org:8443/a/runs/flow-run/1b2c?tab=Logs"),
    ],
)
def test_a_link_is_public_or_none(url, base, found):
    assert public(url, base) == found
