"""A portfolio is disabled and enabled: its channels are told at once, each once, the second as an answer."""

import json
import shutil
import zipfile

import pytest
from typer.testing import CliRunner

from config.portfolio import stored
from flows.commands.cli import app
from quant.people import Actor
from tasks.notifiers import channels_of
from tasks.outbox.halted import switch
from tasks.outbox.transport.attempts import Clock
from tasks.outbox.transport.deliver import drain
from tasks.record.audit import export
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.smtp import SmtpStandIn
from tests.tasks.desk import EVENING, Desk, market
from warehouse import runs
from warehouse.record import verify

ADA, BOB = Actor.typed("Ada"), Actor.typed("Bob")
CHANNELS = '[slack]\nchannel = "#portfolio-core"\n[[channel]]\nnotifier = "email"\nto = "pm@example.org"\n'


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A portfolio with two channels that has had a day; nobody was told of it."""
    desk = Desk(tmp_path_factory.mktemp("told") / "desk")
    desk.day(market(), desk.portfolio(tables=CHANNELS))
    return desk


@pytest.fixture
def desk(told, tmp_path):
    return Desk(shutil.copytree(told.folder, tmp_path / "desk"))


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


@pytest.fixture
def mail():
    with SmtpStandIn() as standin:
        yield standin


@pytest.fixture
def context(desk, slack, mail):
    return desk.context(
        slack_url=slack.url, slack_token=TOKEN, smtp_url=mail.url, smtp_from="ballast@example.org"
    )


def channel(context, notifier):
    run = context.warehouse.read(lambda db: runs.load(db, runs.find(db, "latest", "trio")))
    [found] = [one for one in channels_of(context.settings, stored(run.config)) if one.notifier == notifier]
    return found


def states(rows):
    return [(row.channel, row.kind, row.state) for row in rows]


def words(message):
    return "\n".join(block["text"]["text"] for block in message["blocks"] if "text" in block)


SENT = [("email:pm@example.org", "halt", "sent"), ("slack:#portfolio-core", "halt", "sent")]


def test_every_channel_is_told_at_once_and_the_end_of_a_halt_answers_it(context, slack, mail):
    done, rows = switch(context, "trio", "disabled", ADA, "the custodian is changed")
    assert (done.state, sorted(states(rows))) == ("disabled", SENT)
    [first] = slack.messages()
    assert "trio" in first["text"]
    assert "DISABLED by Ada: the custodian is changed" in first["text"]
    assert "Every trade is HELD until it is enabled again." in words(first)
    _, rows = switch(context, "trio", "enabled", BOB, "it is done")
    assert sorted(states(rows)) == SENT
    _, second = slack.messages()
    assert (second["thread_ts"], bool(second["reply_broadcast"])) == (first["ts"], True)
    assert "Enabled again by Bob: it is done" in second["text"]
    switch(context, "trio", "disabled", ADA, "changed once more")
    assert "thread_ts" not in slack.messages()[-1]  # another halt
    one, other, _ = mail.messages()
    assert other["In-Reply-To"] == one["Message-ID"]
    assert "DISABLED by Ada" in one["Subject"]


def test_a_long_reason_is_in_the_message_whole(context, slack, mail):
    reason = " ".join(f"point{number}" for number in range(200))
    switch(context, "trio", "disabled", ADA, reason)
    [message] = slack.messages()
    assert "point199" not in message["text"]  # the title is cut
    assert set(reason.split()) <= set(words(message).split())


def test_a_slack_that_is_away_stops_nobody_and_is_told_once_by_the_next_delivery(context, slack, mail):
    slack.fault("error:invalid_auth")
    done, rows = switch(context, "trio", "disabled", ADA, "the custodian is changed")
    assert done.state == "disabled"
    assert sorted(states(rows)) == [SENT[0], ("slack:#portfolio-core", "halt", "failed")]
    for _ in range(2):
        drain(context.warehouse, channel(context, "slack"), Clock(context.now, context.sleep))
    assert len(slack.messages()) == len(mail.messages()) == 1


def test_a_message_of_which_nobody_knows_whether_it_arrived_is_looked_for(context, slack):
    switch(context, "trio", "disabled", ADA, "the custodian is changed")
    slack.fault("accept_500")
    _, rows = switch(context, "trio", "enabled", BOB, "it is done")
    assert sorted(states(rows)) == SENT
    assert len(slack.messages()) == 2


def test_a_halt_of_all_is_told_once_to_each_channel(desk, context, slack):
    desk.decision(desk.portfolio(name="other", tables=CHANNELS), EVENING.date())
    switch(context, "all", "disabled", ADA, "the custodian is down")
    [message] = slack.messages()
    assert "All portfolios" in message["text"]


def test_the_command_prints_what_became_of_each_message(desk, monkeypatch):
    for name in ("BALLAST_SLACK_TOKEN", "BALLAST_SMTP_URL"):
        monkeypatch.setenv(name, "")
    asked = ["trio", "--by", "Ada", "--reason", "the custodian is changed", "--home", str(desk.home)]
    done = CliRunner().invoke(app, ["disable", *asked])
    assert "trio is disabled by Ada: the custodian is changed" in done.stdout
    assert "A preview of the message for preview:#portfolio-core." in done.stdout
    found = json.loads(CliRunner().invoke(app, ["enable", *asked, "--json"]).stdout)
    assert {(one["channel"], one["kind"], one["state"]) for one in found["notices"]} == {
        ("preview:#portfolio-core", "halt", "preview"), ("preview:pm@example.org", "halt", "preview")
    }  # fmt: skip


def test_without_a_run_there_is_no_channel(tmp_path):
    desk = Desk(tmp_path / "desk")
    with desk.visit():
        pass
    assert switch(desk.context(), "core", "disabled", ADA, "before the first day")[1] == []


def test_the_ledger_holds_and_the_archive_of_the_year_has_the_messages(context, tmp_path):
    switch(context, "trio", "disabled", ADA, "the custodian is changed")
    assert [one.first for one in verify.judge(context.warehouse.read, context.now()) if one.broken] == []
    export(context, context.now().year, tmp_path / "year.zip")
    with zipfile.ZipFile(tmp_path / "year.zip") as archive:
        rows = archive.read("notices.csv").decode().splitlines()
    assert len([row for row in rows if ",halt," in row]) == 2
