"""`ballast daily` and a Slack that works, refuses, fails or is away: what is told, and that it comes once."""

import json
from datetime import UTC, datetime

import pytest

from config.calendars import Calendar
from tests.e2e import invariants
from tests.e2e.desk import CRITICAL, SESSION, WARNING, Desk
from tests.standins.slack import TOKEN, SlackStandIn

WRONG_TOKEN = "xoxb-wrong-and-still-secret"
MENTION = "<!here>"
PASSING = ("rate_limited", "error_500", "drop", "accept_500", "accept_drop")


def words(message):
    """Everything that a reader of a message sees, as one text."""
    blocks = message["blocks"]
    texts = [block["text"]["text"] for block in blocks if "text" in block]
    texts += [element["text"] for block in blocks for element in block.get("elements", [])]
    return "\n".join(texts)


def states(report):
    return [(notice["kind"], notice["state"]) for notice in report["notices"]]


def check_secrets(desk, *outcomes):
    """No token in anything that was printed or kept."""
    for token in (TOKEN, WRONG_TOKEN):
        assert not [outcome for outcome in outcomes if token in outcome.out + outcome.err]
        assert invariants.find_text(desk.home, token) == []
    assert invariants.find_text(desk.home, "two-funds")  # the search does find what is there


def test_the_alert_comes_first_and_the_digest_says_it_all(desk, slack):
    portfolio, prices = desk.portfolio(mention=MENTION), desk.prices(fall=CRITICAL)
    outcome = desk.daily(portfolio, prices).wait()
    report = outcome.report
    alert, digest = slack.messages()
    assert states(report) == [("alert", "sent"), ("digest", "sent")]
    for message, notice in zip((alert, digest), report["notices"], strict=True):
        assert message["metadata"]["event_payload"]["key"] == notice["key"]
        assert message["channel"] == "#portfolio-core"
        assert f"ballast show {report['run_id']}" in words(message)
        assert "HISTORICAL" in words(message)
    for word in ("Critical alert", "two-funds", "AAA -10.00%", "range shock"):
        assert word in words(alert)
    assert digest["blocks"][0]["type"] == "header"
    traded = sum(trade["notional"] for trade in report["trades"])
    title = f"1 buy, 1 sell, {traded:,.0f} USD to trade"
    assert digest["blocks"][0]["text"]["text"] == title
    assert digest["text"] == f"{title} · two-funds · {SESSION}"
    # 700 and 300 shares against 60% and 40% of 99% of the value, in whole shares, at closes of the file.
    for word in (
        "SELL 106 AAA",
        "BUY 488 BBB",
        "breach",
        "equity",
        "bond",
        "CRITICAL",
    ):
        assert word in words(digest)
    passed = sum(check["status"] == "pass" for check in report["checks"])
    assert f"{passed} of {len(report['checks'])} passed" in words(digest)
    again = desk.daily(portfolio, prices).wait()
    assert again.report["notices"] == report["notices"]
    assert len(slack.messages()) == 2
    check_secrets(desk, outcome, again)


@pytest.mark.parametrize(
    ("fall", "historical", "called"),
    [
        (CRITICAL, False, True),
        pytest.param(CRITICAL, True, False, marks=pytest.mark.long),
        pytest.param(WARNING, False, False, marks=pytest.mark.long),
    ],
)
def test_only_what_is_critical_now_calls_people(desk, slack, fall, historical, called):
    latest = Calendar("XNYS").last_completed(datetime.now(UTC))
    day = SESSION if historical else latest
    running = desk.daily(desk.portfolio(mention=MENTION), desk.prices(fall=fall, session=day), session=day)
    report = running.wait().report
    assert [alert["severity"] for alert in report["alerts"]] == [
        "critical" if fall == CRITICAL else "warning"
    ]
    assert report["historical"] == historical
    alert, digest = slack.messages()
    assert (MENTION in words(alert)) == called
    assert MENTION not in words(digest)


@pytest.mark.long
def test_a_calm_day_has_a_digest_only(desk, slack):
    report = desk.daily(desk.portfolio(mention=MENTION), desk.prices(fall=0.0)).wait().report
    assert report["alerts"] == []
    assert states(report) == [("digest", "sent")]
    (digest,) = slack.messages()
    assert MENTION not in words(digest)


@pytest.mark.long
def test_a_wrong_token_is_told_and_the_next_run_delivers(desk, slack):
    portfolio, prices = desk.portfolio(), desk.prices()
    refused = desk.daily(portfolio, prices, BALLAST_SLACK_TOKEN=WRONG_TOKEN).wait()
    assert states(refused.report) == [("alert", "failed"), ("digest", "failed")]
    for notice in refused.report["notices"]:
        assert notice["error"] == (
            "Slack refused: invalid_auth. Set BALLAST_SLACK_TOKEN to a valid bot token."
        )
    assert slack.messages() == []
    mended = desk.daily(portfolio, prices).wait()
    assert states(mended.report) == [("alert", "sent"), ("digest", "sent")]
    assert len(slack.messages()) == 2
    check_secrets(desk, refused, mended)
    invariants.check(desk.home)


@pytest.mark.long
def test_an_unknown_channel_is_told(desk, slack):
    prices = desk.prices()
    refused = desk.daily(desk.portfolio(channel="#nowhere"), prices).wait()
    assert states(refused.report) == [("alert", "failed"), ("digest", "failed")]
    assert all("channel_not_found" in notice["error"] for notice in refused.report["notices"])
    mended = desk.daily(desk.portfolio(), prices).wait()
    assert states(mended.report) == [("alert", "sent"), ("digest", "sent")]
    assert {message["channel"] for message in slack.messages()} == {"#portfolio-core"}
    check_secrets(desk, refused, mended)


@pytest.mark.long
@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_is_told_once_in_the_same_run(desk, slack, fault):
    slack.fault(fault, seconds=1.0, times=2)  # the first two calls: both of the alert's, or one of each
    outcome = desk.daily(desk.portfolio(), desk.prices()).wait()
    assert states(outcome.report) == [("alert", "sent"), ("digest", "sent")]
    alert, digest = slack.messages()
    assert alert["text"].startswith("Critical alert")
    assert digest["text"] == f"1 buy, 1 sell, 35,020 USD to trade · two-funds · {SESSION}"
    check_secrets(desk, outcome)
    invariants.check(desk.home)


@pytest.mark.long
def test_what_slack_missed_is_delivered_when_it_is_back(tmp_path, driver):
    with SlackStandIn(tmp_path / "slack.db") as slack:
        port, url = slack.server.server_port, slack.url
    desk = Desk(tmp_path, driver, {"BALLAST_SLACK_URL": url, "BALLAST_SLACK_TOKEN": TOKEN})
    missed = desk.daily(desk.portfolio("first"), desk.prices("first")).wait()
    assert states(missed.report) == [("alert", "queued"), ("digest", "queued")]
    assert all("cannot be reached" in notice["error"] for notice in missed.report["notices"])
    with SlackStandIn(tmp_path / "slack.db", port) as slack:
        assert slack.messages() == []
        later = desk.daily(desk.portfolio("second"), desk.prices("second", fall=0.0)).wait()
        texts = [message["text"] for message in slack.messages()]
    assert states(later.report) == [("digest", "sent")]
    assert [text.split(" · ")[1] for text in texts] == ["first", "first", "second"]
    assert texts[0].startswith("Critical alert")
    invariants.check(desk.home)


@pytest.mark.long
def test_without_a_token_the_payload_lies_in_previews_and_a_token_sends_it(tmp_path, driver, slack):
    desk = Desk(tmp_path, driver, {"BALLAST_SLACK_URL": slack.url})
    portfolio, prices = desk.portfolio(), desk.prices()
    shown = desk.daily(portfolio, prices).wait().report
    assert states(shown) == [("alert", "preview"), ("digest", "preview")]
    assert slack.requests() == 0
    files = {notice["kind"]: notice["key"] for notice in shown["notices"]}
    previews = {
        kind: json.loads(next(desk.home.glob(f"previews/*-{kind}-{key[:12]}.json")).read_text())
        for kind, key in files.items()
    }
    sent = desk.daily(portfolio, prices, BALLAST_SLACK_TOKEN=TOKEN).wait()
    assert states(sent.report) == [("alert", "sent"), ("digest", "sent")]
    for kind, message in zip(("alert", "digest"), slack.messages(), strict=True):
        blocks = [one for one in message["blocks"] if "Since the message of" not in str(one)]
        assert blocks[:-1] == previews[kind]["blocks"][:-1]  # the last names the run
        assert message["text"] == previews[kind]["text"]
    check_secrets(desk, sent)
