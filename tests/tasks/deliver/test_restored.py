"""After a restore nobody knows what was told since the backup: it is looked for, and not told again."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks.outbox.transport.deliver import deliver, drain
from tests.warehouse.deliveries import rows
from warehouse import notices
from warehouse.duckdb_file import backup
from warehouse.duckdb_file.restore import restore

TAKEN = datetime.now(UTC) - timedelta(hours=5)


@pytest.fixture
def backed_up(warehouse):
    with warehouse.open():
        pass
    backup.take(warehouse, TAKEN, 7, 4)
    return warehouse


def test_what_was_told_since_the_backup_is_not_told_again(backed_up, notice, channel, slack, clock):
    assert deliver(backed_up, notice, channel, clock).state == "sent"
    restore(backed_up, clock.now())
    assert rows(backed_up, "select * from notices") == []
    assert deliver(backed_up, notice, channel, clock).state == "sent"
    assert len(slack.messages()) == 1
    (told,) = slack.messages()
    assert rows(backed_up, "select message_ts from notices") == [(told["ts"],)]


def test_what_waited_when_the_backup_was_taken_is_looked_for_too(warehouse, notice, channel, slack, clock):
    with warehouse.open() as db:
        notices.ask(db, notice, TAKEN)
    rows(warehouse, "delete from run_notices")  # there is no run here
    backup.take(warehouse, TAKEN, 7, 4)
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent"]
    rows(warehouse, "delete from run_notices")
    restore(warehouse, clock.now())
    assert [row.state for row in drain(warehouse, channel, clock)] == ["sent"]
    assert len(slack.messages()) == 1


def test_what_was_never_told_is_told_after_a_look(backed_up, notice, channel, slack, clock):
    restore(backed_up, clock.now())
    assert deliver(backed_up, notice, channel, clock).state == "sent"
    assert len(slack.messages()) == 1
    assert slack.requests("conversations.history") == 1


def test_a_history_that_cannot_be_read_is_not_sent_into(backed_up, notice, channel, slack, clock):
    restore(backed_up, clock.now())
    slack.fault("error:missing_scope", method="conversations.history")
    assert deliver(backed_up, notice, channel, clock).state == "unknown"
    assert slack.requests() == 0


def test_a_later_session_needs_no_look(warehouse, notice, channel, slack, clock):
    """What tells of a session after the restore cannot have been told before it."""
    with warehouse.open():
        pass
    taken = datetime(notice.session.year, notice.session.month, notice.session.day, tzinfo=UTC)
    backup.take(warehouse, taken - timedelta(days=3), 7, 4)
    restore(warehouse, taken - timedelta(days=1))
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert slack.requests("conversations.history") == 0
