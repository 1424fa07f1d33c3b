from datetime import UTC, date, datetime, timedelta, timezone
from shutil import copyfile

import pytest

from warehouse import notices
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.notices import Notice

NOW = datetime(2015, 8, 24, 22, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def warehouse(empty_warehouse, tmp_path):
    copyfile(empty_warehouse, tmp_path / "warehouse.duckdb")
    return DuckDBFile(tmp_path)


def notice(key: str = "k1", run_id: str = "run-1", channel: str = "slack:#core") -> Notice:
    return Notice(
        key, run_id, channel, "core", date(2015, 8, 24), "digest", {"text": "1 % “trade”", "blocks": []}
    )


def test_a_notice_is_kept_once_and_read_back_as_it_was(warehouse):
    with warehouse.open() as db:
        first = notices.ask(db, notice(), NOW)
        again = notices.ask(db, notice(run_id="run-2"), LATER)
    assert first == again
    assert (first.state, first.attempts, first.sending_at) == ("pending", 0, None)
    with warehouse.open() as db:
        assert notices.by_key(db, "k1") == first
        assert notices.by_key(db, "k2") is None


def test_each_run_finds_what_it_asked_for(warehouse):
    with warehouse.open() as db:
        for run_id in ("run-1", "run-2", "run-2"):
            notices.ask(db, notice(run_id=run_id), NOW)
        notices.ask(db, notice("k2", "run-2"), LATER)
    with warehouse.open() as db:
        assert [entry.notice.key for entry in notices.of_run(db, "run-1")] == ["k1"]
        assert [entry.notice.key for entry in notices.of_run(db, "run-2")] == ["k1", "k2"]


def test_only_the_owner_may_begin_and_finish(warehouse):
    with warehouse.open() as db:
        notices.ask(db, notice(), NOW)
        notices.take(db, notice(), "first", NOW, LATER)
        notices.take(db, notice(), "second", NOW, LATER)
        assert not notices.begin(db, "k1", "first", NOW, LATER)
        assert notices.begin(db, "k1", "second", NOW, LATER)
        notices.finish(db, "k1", "first", NOW, state="failed", error="late")
        entry = notices.by_key(db, "k1")
    assert (entry.state, entry.owner, entry.attempts, entry.sending_at) == ("sending", "second", 1, NOW)


def test_finishing_frees_the_lease_and_keeps_the_channels_ids(warehouse):
    with warehouse.open() as db:
        notices.ask(db, notice(), NOW)
        notices.take(db, notice(), "me", NOW, LATER)
        notices.begin(db, "k1", "me", NOW, LATER)
        notices.finish(db, "k1", "me", LATER, state="sent", channel_id="C1", message_ts="1.5")
        entry = notices.by_key(db, "k1")
        assert notices.channel_id(db, "slack:#core") == "C1"
        assert notices.channel_id(db, "slack:#other") is None
    assert (entry.state, entry.owner, entry.lease_until, entry.message_ts) == ("sent", None, None, "1.5")


def test_undelivered_are_those_of_the_channel_oldest_first(warehouse):
    states = ("pending", "failed", "unknown", "sent", "refused", "preview")
    with warehouse.open() as db:
        for number, state in enumerate(states):
            notices.ask(db, notice(state), LATER - timedelta(seconds=number))
            notices.take(db, notice(state), "me", NOW, LATER)
            notices.finish(db, state, "me", NOW, state=state)
        notices.ask(db, notice("elsewhere", channel="slack:#other"), NOW)
        waiting = []
        while entry := notices.next_one(db, "slack:#core", waiting):
            waiting.append(entry.notice.key)
    assert waiting == ["unknown", "failed", "pending"]


def test_instants_are_stored_in_utc(warehouse):
    new_york = timezone(timedelta(hours=-4))
    with warehouse.open() as db:
        notices.ask(db, notice(), NOW)
        notices.take(db, notice(), "me", NOW, LATER.astimezone(new_york))
        assert notices.by_key(db, "k1").lease_until == LATER
