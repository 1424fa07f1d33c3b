"""Delivery through the real slack_sdk against the stand-in: one message, whatever happens in between."""

import dataclasses
import hashlib
import json
import logging
import platform
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from tasks import deliver as delivery
from tasks.deliver import Clock, dedupe_key, deliver, drain, prepare, told
from tasks.notifiers import Channel
from tests.conftest import ROOT
from tests.standins.slack import CHANNELS, TOKEN, SlackStandIn
from tests.tasks.delivering import WALL
from tests.tasks.notifiers.reports import alert, check, eventful, report, trade
from warehouse import notices, owner
from warehouse.connection import Warehouse

DEAD = f"{platform.node()}|{2**22 + 1}|1|dead"  # no process has a number above 2^22
ELSEWHERE = "another-host|1|1|aaaa"


class SkippingClock:
    """Now, moved on by every sleep: waits cost nothing and are noted."""

    def __init__(self):
        self.slept = []

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds):
        self.slept.append(seconds)


@pytest.fixture
def clock():
    return SkippingClock()


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


@pytest.fixture
def channel(slack, tmp_path):
    return Channel("slack", "#portfolio-core", tmp_path, slack.url, SecretStr(TOKEN), timeout=5.0)


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path)


@pytest.fixture
def notice(channel):
    return prepare(eventful(), "digest", channel)


def begun(warehouse, notice, by, *, ago=60.0, lease=300.0, attempted=True):
    """Leave the notice as an owner does that was stopped in the middle of sending it."""
    now = datetime.now(UTC) - timedelta(seconds=ago)
    with warehouse.open() as db:
        notices.ask(db, notice, now)
        notices.take(db, notice, by, now, now + timedelta(seconds=lease))
        if attempted:
            notices.begin(db, notice.key, by, now, now + timedelta(seconds=lease))


def post_behind_its_back(slack, notice):
    slack.add(CHANNELS["portfolio-core"], dict(notice.payload))


def test_a_new_notice_is_sent_once(warehouse, notice, channel, slack, clock):
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    rerun = dataclasses.replace(notice, run_id="run-2")
    assert deliver(warehouse, rerun, channel, clock).state == "sent"
    assert [message["metadata"]["event_payload"]["key"] for message in slack.messages()] == [notice.key]
    assert slack.requests() == 1
    with warehouse.open() as db:
        assert [row.state for row in told(db, "run-2")] == ["sent"]
        assert told(db, "run-3") == []


def test_a_preview_is_written_once_as_the_exact_payload(warehouse, tmp_path, clock):
    channel = Channel("preview", "#portfolio-core", tmp_path)
    notice = prepare(eventful(), "digest", channel)
    assert deliver(warehouse, notice, channel, clock).state == "preview"
    [file] = (tmp_path / "previews").iterdir()
    assert file.name == f"2015-08-24-core-digest-{notice.key[:12]}.json"
    assert json.loads(file.read_text(encoding="utf-8")) == notice.payload
    file.unlink()
    assert deliver(warehouse, notice, channel, clock).state == "preview"
    assert not file.exists()


def test_a_preview_that_cannot_be_written_is_queued(warehouse, tmp_path, clock):
    (tmp_path / "previews").write_text("a file where the folder should be")
    channel = Channel("preview", "#portfolio-core", tmp_path)
    row = deliver(warehouse, prepare(report(), "digest", channel), channel, clock)
    assert row.state == "queued"
    assert "cannot be written" in row.error


def test_a_token_added_later_sends_what_was_only_previewed(
    warehouse, channel, notice, slack, clock, tmp_path
):
    preview = Channel("preview", "#portfolio-core", tmp_path)
    deliver(warehouse, prepare(eventful(), "digest", preview), preview, clock)
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert len(slack.messages()) == 1


@pytest.mark.parametrize("by", ["this process", ELSEWHERE])
def test_what_a_live_owner_is_sending_is_left_to_it(warehouse, notice, channel, slack, clock, by):
    begun(warehouse, notice, owner.current() if by == "this process" else by)
    assert deliver(warehouse, notice, channel, clock).state == "queued"
    assert slack.requests() == 0


@pytest.mark.parametrize(("by", "lease"), [(DEAD, 300.0), (ELSEWHERE, 10.0), ("reused", 300.0)])
@pytest.mark.parametrize("arrived", [True, False])
def test_what_an_owner_left_is_looked_up(warehouse, notice, channel, slack, clock, by, lease, arrived):
    reused = owner.current().split("|")
    begun(warehouse, notice, "|".join([*reused[:2], "1", "x"]) if by == "reused" else by, lease=lease)
    if arrived:
        post_behind_its_back(slack, notice)
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert len(slack.messages()) == 1
    assert slack.requests() == (0 if arrived else 1)


def test_an_owner_that_died_before_sending_needs_no_look(warehouse, notice, channel, slack, clock):
    begun(warehouse, notice, DEAD, attempted=False)
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert slack.requests("conversations.history") == 0


def test_a_dead_owners_request_gets_time_to_arrive(warehouse, notice, channel, clock):
    begun(warehouse, notice, DEAD, ago=0.5)
    deliver(warehouse, notice, channel, clock)
    assert 1.0 < clock.slept[0] <= 1.5


def test_an_unreadable_history_is_never_sent_into(warehouse, notice, channel, slack, clock):
    begun(warehouse, notice, DEAD)
    slack.fault("error:missing_scope", method="conversations.history")
    row = deliver(warehouse, notice, channel, clock)
    assert row.state == "unknown"
    assert "missing_scope" in row.error
    assert slack.requests() == 0


@pytest.mark.parametrize("arrived", [True, False])
def test_an_unknown_notice_is_settled_once_the_history_can_be_read(
    warehouse, notice, channel, slack, clock, arrived
):
    begun(warehouse, notice, DEAD)
    slack.fault("error:not_in_channel", method="conversations.history")
    assert deliver(warehouse, notice, channel, clock).state == "unknown"
    if arrived:
        post_behind_its_back(slack, notice)
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent"]
    assert len(slack.messages()) == 1


def test_history_is_read_over_pages_but_not_without_end(warehouse, notice, channel, slack, clock):
    post_behind_its_back(slack, notice)
    for number in range(250):
        slack.add(CHANNELS["portfolio-core"], {"text": str(number)})
    begun(warehouse, notice, DEAD)
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert slack.requests() == 0
    assert slack.requests("conversations.history") == 2


def test_history_before_the_attempt_is_not_read(warehouse, notice, channel, slack, clock):
    for number in range(450):
        slack.add(CHANNELS["portfolio-core"], {"text": str(number)}, at=time.time() - 7200 - number)
    begun(warehouse, notice, DEAD)
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert slack.requests("conversations.history") == 1


@pytest.mark.parametrize("fault", ["error:missing_scope", "error_500"])
def test_the_channels_id_is_known_from_an_earlier_message(warehouse, notice, channel, slack, clock, fault):
    deliver(warehouse, prepare(report(), "digest", channel), channel, clock)
    begun(warehouse, notice, DEAD)
    post_behind_its_back(slack, notice)
    slack.fault(fault, method="conversations.list")
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert slack.requests() == 1


def test_a_channel_given_by_its_id_needs_no_list(warehouse, channel, slack, clock):
    by_id = dataclasses.replace(channel, name=CHANNELS["portfolio-core"])
    notice = prepare(eventful(), "digest", by_id)
    begun(warehouse, notice, DEAD)
    assert deliver(warehouse, notice, by_id, clock).state == "sent"
    assert slack.requests("conversations.list") == 0


def test_a_name_that_nobody_knows_is_unknown(warehouse, notice, channel, slack, clock):
    begun(warehouse, notice, DEAD)
    slack.fault("error:missing_scope", method="conversations.list")
    row = deliver(warehouse, notice, channel, clock)
    assert (row.state, slack.requests()) == ("unknown", 0)
    assert "channel_not_found" in row.error


@pytest.mark.parametrize(
    ("fault", "seconds", "times", "state", "posts"),
    [
        ("rate_limited", 7, 1, "sent", 2),
        ("rate_limited", -1, 1, "sent", 2),
        ("rate_limited", 7, 9, "queued", 4),
        ("rate_limited", 300, 1, "queued", 1),
        ("error_500", 0, 1, "sent", 2),
        ("error_500", 0, 9, "queued", 4),
        ("error:internal_error", 0, 1, "sent", 2),
        ("drop", 0, 1, "sent", 2),
        ("drop", 0, 9, "queued", 4),
        ("accept_drop", 0, 1, "sent", 1),
        ("accept_500", 0, 1, "sent", 1),
        ("error:not_in_channel", 0, 1, "failed", 1),
        ("error:msg_blocks_too_long", 0, 1, "failed", 1),
    ],
)
def test_each_fault_ends_as_it_should(
    warehouse, notice, channel, slack, clock, fault, seconds, times, state, posts
):
    slack.fault(fault, seconds=seconds, times=times)
    row = deliver(warehouse, notice, channel, clock)
    assert (row.state, slack.requests()) == (state, posts)
    assert len(slack.messages()) == (1 if state == "sent" else 0)
    assert bool(row.error) == (state != "sent")
    slack.mend()
    deliver(warehouse, notice, channel, clock)
    assert len(slack.messages()) == 1


def test_retry_after_is_honoured(warehouse, notice, channel, slack, clock):
    slack.fault("rate_limited", seconds=7)
    deliver(warehouse, notice, channel, clock)
    assert 7 in clock.slept


def test_an_answer_that_never_comes_is_looked_for(warehouse, notice, channel, slack, clock):
    slack.fault("accept_delay", seconds=3)
    impatient = dataclasses.replace(channel, timeout=0.3)
    assert deliver(warehouse, notice, impatient, clock).state == "sent"
    assert (slack.requests(), len(slack.messages())) == (1, 1)


def test_a_request_still_under_way_has_time_to_arrive(warehouse, notice, channel, slack):
    slack.fault("slow", seconds=1)
    impatient = dataclasses.replace(channel, timeout=0.3)
    assert deliver(warehouse, notice, impatient, WALL).state == "sent"
    assert (slack.requests(), len(slack.messages())) == (1, 1)


def test_where_nobody_listens_it_waits_for_the_next_run(warehouse, notice, channel, slack, clock):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        down = dataclasses.replace(channel, url=f"http://127.0.0.1:{closed.getsockname()[1]}/api/")
    row = deliver(warehouse, notice, down, clock)
    assert row.state == "queued"
    assert "cannot be reached" in row.error
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent"]
    assert drain(warehouse, channel, clock) == []
    assert len(slack.messages()) == 1


def test_draining_keeps_the_order_and_stops_at_a_closed_door(warehouse, channel, slack, clock):
    sessions = ["2015-08-20", "2015-08-21", "2015-08-24"]
    slack.fault("error:invalid_auth", times=4)
    for session in sessions:
        assert (
            deliver(warehouse, prepare(report(session=session), "digest", channel), channel, clock).state
            == "failed"
        )
    assert [row.state for row in drain(warehouse, channel, clock)] == ["failed"]
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent"] * 3
    assert [message["text"][7:17] for message in slack.messages()] == sessions


def test_a_refused_content_does_not_hold_up_the_rest(warehouse, channel, slack, clock):
    slack.fault("error:invalid_blocks")
    assert deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock).state == "failed"
    assert drain(warehouse, channel, clock) == []
    assert deliver(warehouse, prepare(report(), "digest", channel), channel, clock).state == "sent"


def test_an_owner_that_was_overtaken_stops(warehouse, notice, channel, slack):
    def overtaken(_seconds):
        with warehouse.open() as db:
            notices.take(
                db, notice, owner.current(), datetime.now(UTC), datetime.now(UTC) + timedelta(minutes=5)
            )

    slow = Clock(now=lambda: datetime.now(UTC), sleep=overtaken)
    assert deliver(warehouse, notice, channel, slow).state == "queued"
    assert slack.requests() == 0


def test_an_interrupted_delivery_can_go_on_at_once(warehouse, notice, channel, slack, clock):
    def interrupted(seconds):
        if seconds:
            raise KeyboardInterrupt

    slack.fault("drop")
    with pytest.raises(KeyboardInterrupt):
        deliver(warehouse, notice, channel, Clock(now=clock.now, sleep=interrupted))
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert len(slack.messages()) == 1


def start(home, url):
    command = [sys.executable, "-m", "tests.tasks.delivering", str(home), url]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once_send_one_message(warehouse, notice, channel, slack, tmp_path, clock):
    slack.fault("accept_delay", seconds=1)
    both = [start(tmp_path, slack.url) for _ in range(2)]
    states = {process.communicate(timeout=60)[0].strip() for process in both}
    assert states <= {"sent", "queued"}
    assert "sent" in states
    assert len(slack.messages()) == 1
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert slack.requests() == 1


def test_a_kill_between_accepting_and_answering_sends_one_message(
    warehouse, notice, channel, slack, tmp_path
):
    slack.fault("accept_delay", seconds=5)
    victim = start(tmp_path, slack.url)
    while not slack.messages():
        assert victim.poll() is None
        time.sleep(0.02)
    victim.kill()
    victim.wait()
    victim.stdout.close()
    assert deliver(warehouse, notice, channel, WALL).state == "sent"
    assert (slack.requests(), len(slack.messages())) == (1, 1)


def test_the_stand_in_runs_as_a_process_and_keeps_history(warehouse, tmp_path, clock):
    command = [sys.executable, "-m", "tests.standins.slack", "--state", str(tmp_path / "own.db")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        channel = Channel("slack", "#portfolio-core", tmp_path, url, SecretStr(TOKEN))
        assert deliver(warehouse, prepare(report(), "digest", channel), channel, clock).state == "sent"
    finally:
        process.kill()
        process.communicate()
    assert len(SlackStandIn(tmp_path / "own.db").messages()) == 1


@pytest.mark.parametrize("token", ["xoxb-secret-of-ours", "xoxb-secret-of-ours\nx", "xoxb-secret-of-ours€"])
@pytest.mark.parametrize("fault", ["", "error_500", "drop", "error:missing_scope"])
def test_the_token_never_shows(warehouse, channel, slack, clock, caplog, capsys, tmp_path, token, fault):
    caplog.set_level(logging.DEBUG)
    ours = dataclasses.replace(channel, token=SecretStr(token))
    if fault:
        slack.fault(fault, times=9)
    row = deliver(warehouse, prepare(eventful(), "digest", ours), ours, clock)
    assert row.state in {"failed", "unknown", "queued"}
    out, err = capsys.readouterr()
    stored = (tmp_path / "warehouse.duckdb").read_bytes().decode("latin-1")
    assert "secret-of-ours" not in f"{row!r}{ours!r}{caplog.text}{out}{err}{stored}"


def test_an_address_that_is_not_slack_fails_in_words(warehouse, notice, channel, clock):
    for url, words in (
        ("ftp://x/", "not an http(s) address"),
        (channel.url + "elsewhere/", "unknown_method"),
    ):
        row = deliver(warehouse, notice, dataclasses.replace(channel, url=url), clock)
        assert row.state == "failed"
        assert words in row.error


def test_the_key_is_the_digest_of_what_is_said():
    subject = report(
        trades=[trade()], checks=[check("max_weight", "block", scope="SPY")], alerts=[alert(kind="dip")]
    )
    said = (
        '["slack:#c", "core", "2015-08-24", "digest", [["SPY", "SELL", 120.0, 188.33, "proposed"]], '
        '[["max_weight", "SPY", "a limit of the portfolio file"]], [["dip", "SPY", "critical", true]]]'
    )
    assert dedupe_key("slack:#c", subject, "digest") == hashlib.sha256(said.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {"run_id": "another"},
        {"known_at": "2015-08-25T01:00:00+00:00"},
        {"url": "http://127.0.0.1/x"},
        {"value": 1.0, "cash": 2.0},
        {"historical": False},
        {
            "trades": [
                row.model_copy(update={"weight_before": 0.5, "reason": "x"}) for row in eventful().trades
            ]
        },
        {"trades": eventful().trades[::-1]},
    ],
)
def test_what_is_not_said_does_not_change_the_key(changed):
    other = eventful().model_copy(update=changed)
    assert dedupe_key("c", other, "digest") == dedupe_key("c", eventful(), "digest")


@pytest.mark.parametrize(
    "changed",
    [
        {"portfolio": "other"},
        {"session": "2015-08-25"},
        {"trades": eventful().trades[:1]},
        {"trades": [trade(quantity=121.0)]},
        {"trades": [trade(limit_price=188.34)]},
        {"checks": [check("var_95", "block")]},
        {"alerts": [alert(confirmed=False)]},
    ],
)
def test_what_is_said_changes_the_key(changed):
    other = eventful().model_copy(update=changed)
    assert dedupe_key("c", other, "digest") != dedupe_key("c", eventful(), "digest")
    assert dedupe_key("c", other, "digest") != dedupe_key("d", other, "digest")


def test_an_alert_is_the_same_before_and_after_the_trades_are_known():
    before = eventful().model_copy(update={"trades": [], "checks": []})
    assert dedupe_key("c", before, "alert") == dedupe_key("c", eventful(), "alert")
    assert dedupe_key("c", before, "alert") != dedupe_key("c", before, "digest")


def test_the_lease_outlives_one_attempt_and_its_look():
    longest = delivery.PATIENCE + Channel("slack", "#c", ROOT).timeout * 2 + sum(delivery.LOOK_WAITS)
    assert longest < delivery.LEASE.total_seconds()
