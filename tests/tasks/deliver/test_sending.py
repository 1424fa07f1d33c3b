"""Sending through the real slack_sdk against the stand-in: one message, whatever the channel answers."""

import dataclasses
import json
import logging
import socket
from datetime import timedelta
from itertools import pairwise

import pytest
from pydantic import SecretStr

from tasks import notifiers
from tasks.notifiers import Channel
from tasks.outbox.prepare import prepare
from tasks.outbox.transport.deliver import deliver, drain
from tasks.report.notices import of_run
from tests.tasks.notifiers.reports import eventful, report
from warehouse import notices


def test_a_new_notice_is_sent_once(warehouse, notice, channel, slack, clock):
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    rerun = dataclasses.replace(notice, run_id="run-2")
    assert deliver(warehouse, rerun, channel, clock).state == "sent"
    assert [message["metadata"]["event_payload"]["key"] for message in slack.messages()] == [notice.key]
    assert slack.requests() == 1
    with warehouse.open() as db:
        assert [row.state for row in of_run(db, "run-2")] == ["sent"]
        assert of_run(db, "run-3") == []


def test_a_preview_is_written_once_as_the_exact_payload(warehouse, tmp_path, clock):
    channel = Channel("preview", "#portfolio-core", tmp_path)
    notice = prepare(eventful(), "digest", channel)
    assert deliver(warehouse, notice, channel, clock).state == "preview"
    [file] = (tmp_path / "previews").iterdir()
    assert file.name == f"2015-08-24-core-digest-{notice.key[:12]}.json"
    shown = json.loads(file.read_text(encoding="utf-8"))
    assert shown["metadata"]["event_payload"] == {"key": notice.key, "conversation": "core 2015-08-24"}
    assert shown | {"metadata": notice.payload["metadata"]} == notice.payload
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
    clock.sleep(seconds)
    deliver(warehouse, notice, channel, clock)
    assert len(slack.messages()) == 1


def test_retry_after_is_honoured(warehouse, notice, channel, slack, clock):
    slack.fault("rate_limited", seconds=7)
    deliver(warehouse, notice, channel, clock)
    assert 7 in clock.slept


def test_a_notifier_that_breaks_has_failed_and_the_next_run_tries_again(
    warehouse, notice, channel, clock, monkeypatch, slack, caplog
):
    def broken(*_):
        raise UnicodeError("a label is empty: secret-of-ours")

    monkeypatch.setattr(notifiers.load("slack"), "send", broken)
    found = deliver(warehouse, notice, channel, clock)
    assert (found.state, found.error) == ("failed", "the notifier failed (UnicodeError): see the log")
    assert "UnicodeError at" in caplog.text
    assert "secret-of-ours" not in caplog.text
    monkeypatch.undo()
    assert deliver(warehouse, notice, channel, clock).state == "sent"


def test_an_answer_that_never_comes_is_looked_for(warehouse, notice, channel, slack, clock):
    slack.fault("accept_delay", seconds=3)
    impatient = dataclasses.replace(channel, timeout=1.5)
    assert deliver(warehouse, notice, impatient, clock).state == "sent"
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


def test_a_channel_gets_one_message_a_second_whoever_sends(warehouse, channel, slack, clock):
    for session in ("2015-08-20", "2015-08-21", "2015-08-24"):
        deliver(warehouse, prepare(report(session=session), "digest", channel), channel, clock)
    with warehouse.open() as db:
        sent = sorted(one.updated_at for one in notices.every(db))
    assert len(slack.messages()) == len(sent) == 3
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(sent))


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
    told = [message["metadata"]["event_payload"]["conversation"] for message in slack.messages()]
    assert told == [f"core {session}" for session in sessions]


def test_a_refused_content_does_not_hold_up_the_rest(warehouse, channel, slack, clock):
    slack.fault("error:invalid_blocks")
    assert deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock).state == "failed"
    assert drain(warehouse, channel, clock) == []
    assert deliver(warehouse, prepare(report(), "digest", channel), channel, clock).state == "sent"


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
