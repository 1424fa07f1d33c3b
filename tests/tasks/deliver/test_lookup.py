"""What an owner has left behind is settled by the channel's history, and by nothing else."""

import dataclasses
import platform
import time
from datetime import UTC, datetime, timedelta

import pytest

from tasks.notifiers import Channel
from tasks.outbox.prepare import prepare
from tasks.outbox.transport import attempts
from tasks.outbox.transport.attempts import Clock
from tasks.outbox.transport.deliver import deliver, drain
from tests.conftest import ROOT
from tests.standins.slack import CHANNELS
from tests.tasks.notifiers.reports import eventful, report
from warehouse import notices, owner

DEAD = f"{platform.node()}|{2**22 + 1}|1|dead"  # no process has a number above 2^22
ELSEWHERE = "another-host|1|1|aaaa"


def begun(warehouse, notice, by, *, ago=60.0, lease=300.0, attempted=True, now=None):
    """Leave the notice as an owner does that was stopped in the middle of sending it."""
    now = (now or datetime.now(UTC)) - timedelta(seconds=ago)
    with warehouse.open() as db:
        notices.ask(db, notice, now)
        notices.take(db, notice, by, now, now + timedelta(seconds=lease))
        if attempted:
            notices.begin(db, notice.key, by, now, now + timedelta(seconds=lease))


def post_behind_its_back(slack, notice):
    slack.add(CHANNELS["portfolio-core"], dict(notice.payload))


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


def test_a_dead_owners_request_gets_time_to_arrive(warehouse, notice, channel):
    now, slept = datetime.now(UTC), []
    begun(warehouse, notice, DEAD, ago=0.5, now=now)
    assert deliver(warehouse, notice, channel, Clock(now=lambda: now, sleep=slept.append)).state == "sent"
    assert slept[0] == pytest.approx(1.5)


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


def test_what_perhaps_stands_on_its_own_is_not_repeated_in_a_thread_begun_since(
    warehouse, notice, channel, slack, clock
):
    alert = prepare(eventful(), "alert", channel)
    slack.fault("accept_drop")
    slack.fault("error:missing_scope", method="conversations.history")
    assert deliver(warehouse, alert, channel, clock).state == "unknown"
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent"]
    assert len(slack.messages()) == 2


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
    deliver(warehouse, prepare(report(session="2015-08-21"), "digest", channel), channel, clock)
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


@pytest.mark.parametrize("by", ["this process", ELSEWHERE])
def test_what_a_live_owner_is_sending_is_left_to_it(warehouse, notice, channel, slack, clock, by):
    begun(warehouse, notice, owner.current() if by == "this process" else by)
    assert deliver(warehouse, notice, channel, clock).state == "queued"
    assert slack.requests() == 0


def test_an_owner_that_was_overtaken_stops(warehouse, notice, channel, slack):
    def overtaken(seconds):
        if seconds == 0:  # the first attempt begins in the visit that claims the notice
            return
        with warehouse.open() as db:
            notices.take(
                db, notice, owner.current(), datetime.now(UTC), datetime.now(UTC) + timedelta(minutes=5)
            )

    slow = Clock(now=lambda: datetime.now(UTC), sleep=overtaken)
    slack.fault("error_500")
    assert deliver(warehouse, notice, channel, slow).state == "queued"
    assert slack.requests() == 1


def test_an_interrupted_delivery_can_go_on_at_once(warehouse, notice, channel, slack, clock):
    def interrupted(seconds):
        if seconds:
            raise KeyboardInterrupt

    slack.fault("drop")
    with pytest.raises(KeyboardInterrupt):
        deliver(warehouse, notice, channel, Clock(now=clock.now, sleep=interrupted))
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert len(slack.messages()) == 1


def test_the_lease_outlives_one_attempt_and_its_look():
    longest = attempts.PATIENCE + Channel("slack", "#c", ROOT).timeout * 2 + sum(attempts.LOOK_WAITS)
    assert longest < attempts.LEASE.total_seconds()
