"""One message from real processes: two at once, one killed, one that is late."""

import dataclasses
import subprocess
import sys
import time

import pytest
from pydantic import SecretStr

from tasks.notifiers import Channel
from tasks.outbox.prepare import prepare
from tasks.outbox.transport.deliver import deliver
from tests.conftest import ROOT
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.deliver.process import WALL
from tests.tasks.notifiers.reports import report


def start(home, url):
    command = [sys.executable, "-m", "tests.tasks.deliver.process", str(home), url]
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


@pytest.mark.long
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


def test_a_request_still_under_way_has_time_to_arrive(warehouse, notice, channel, slack):
    slack.fault("slow", seconds=1)
    impatient = dataclasses.replace(channel, timeout=0.3)
    assert deliver(warehouse, notice, impatient, WALL).state == "sent"
    assert (slack.requests(), len(slack.messages())) == (1, 1)
