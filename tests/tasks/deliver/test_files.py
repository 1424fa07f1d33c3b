"""Files in the thread of a message: each once, whatever is lost, and none holds up a message."""

import os
import time

import pytest

from tasks.outbox.prepare import prepare, prepare_file
from tasks.outbox.transport import files
from tasks.outbox.transport.deliver import drain
from tasks.report.files.attachment import Attachment
from tests.tasks.notifiers.reports import eventful, report
from warehouse import notices

ORDERS = Attachment("orders-core-2015-08-24.csv", "Orders", "The orders", b"run,symbol\nx,SPY\n")
COMPLETE = "files.completeUploadExternal"


@pytest.fixture
def file(warehouse, channel, notice, clock, tmp_path):
    """A file that waits for its message, which waits too."""
    one = prepare_file(ORDERS, files.keep(tmp_path, ORDERS.content), notice, channel)
    with warehouse.open() as db:
        notices.ask(db, notice, clock.now())
        notices.ask(db, one, clock.now())
    return one


def state(warehouse, one):
    with warehouse.open() as db:
        return notices.one(db, one.key)


def test_a_file_follows_its_message_into_the_thread(warehouse, channel, slack, clock, file):
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent", "sent"]
    message, shared = slack.everything()
    assert (shared["thread_ts"], shared["files"][0]["title"]) == (message["ts"], "Orders")
    assert slack.uploads() == [(ORDERS.name, ORDERS.content)]


@pytest.mark.parametrize("fault", ["accept_drop", "accept_500", "drop", "error_500", "rate_limited"])
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", COMPLETE])
def test_whatever_is_lost_the_file_stands_there_once(warehouse, channel, slack, clock, file, method, fault):
    slack.fault(fault, method=method, seconds=1)
    drain(warehouse, channel, clock)
    assert state(warehouse, file).state == "sent"
    assert len(slack.uploads()) == 1


def test_an_upload_that_slack_does_not_show_yet_is_looked_for_later(warehouse, channel, slack, clock, file):
    slack.fault("accept_drop", method=COMPLETE)
    slack.fault("error_500", method="files.info", times=3)
    drain(warehouse, channel, clock)
    assert state(warehouse, file).state == "unknown"
    drain(warehouse, channel, clock)
    assert state(warehouse, file).state == "sent"
    assert (len(slack.uploads()), slack.requests(COMPLETE)) == (1, 1)


def test_a_file_that_fails_holds_up_nothing(warehouse, channel, slack, clock, file):
    slack.fault("error:missing_scope", method="files.getUploadURLExternal", times=2)
    with warehouse.open() as db:
        notices.ask(db, prepare(report(session="2015-08-25"), "digest", channel), clock.now())
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent", "failed", "sent"]
    assert "files:write" in state(warehouse, file).error
    assert len(slack.messages()) == 2


def test_bytes_that_are_gone_are_a_permanent_error(warehouse, channel, slack, clock, file, tmp_path):
    (tmp_path / "outbox" / file.payload["sha256"]).write_bytes(b"others")
    drain(warehouse, channel, clock)
    found = state(warehouse, file)
    assert (found.state, found.error) == ("refused", "the file's bytes are no longer in HOME/outbox")


def test_what_nothing_waits_for_is_removed_after_a_day(warehouse, clock, file, tmp_path):
    loose = files.keep(tmp_path, b"nobody asks for it")
    fresh = files.keep(tmp_path, b"just written")
    for name in (loose, file.payload["sha256"]):
        os.utime(tmp_path / "outbox" / name, (time.time() - 90_000,) * 2)
    with warehouse.open() as db:
        files.sweep(tmp_path, notices.files_wanted(db), clock.now())
    assert {one.name for one in (tmp_path / "outbox").iterdir()} == {file.payload["sha256"], fresh}


def test_the_file_of_a_message_that_was_superseded_is_not_sent(
    warehouse, channel, slack, clock, file, notice
):
    newer = prepare(eventful().model_copy(update={"trades": []}), "digest", channel)
    clock.sleep(1)
    with warehouse.open() as db:
        notices.ask(db, newer, clock.now())
        notices.overtake(db, newer, "newer", clock.now())
    drain(warehouse, channel, clock)
    assert state(warehouse, file).state == "superseded"
    assert slack.uploads() == []
