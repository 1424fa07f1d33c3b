"""Many notices, faults of every kind in a drawn order, and deliverers that are killed at drawn moments.

As a process of its own it delivers what waits in a HOME until nothing does:
`python -m tests.tasks.deliver.matrix HOME SLACK_URL SLACK_STATE`.
"""

import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from quant.people import Actor
from tasks.decisions.halts import Switch
from tasks.notifiers import Channel
from tasks.outbox.prepare import prepare, prepare_halt
from tasks.outbox.transport.deliver import drain
from tests.conftest import ROOT
from tests.standins.slack import TOKEN, SlackState
from tests.tasks.notifiers.reports import report, trade
from warehouse import notices
from warehouse.duckdb_file.backend import DuckDBFile

NAMES = ("#portfolio-core", "#portfolio-demo")
PASSING = (
    ("rate_limited", 2.0), ("rate_limited", 45.0), ("error_500", 0.0), ("drop", 0.0), ("accept_drop", 0.0),
    ("accept_500", 0.0), ("accept_delay", 0.6), ("error:internal_error", 0.0), ("error:invalid_auth", 0.0),
)  # fmt: skip
"""Faults after which a message still arrives: refused for now, in doubt, or late."""
FINAL = ("error:invalid_blocks", "error:msg_too_long", "error:msg_blocks_too_long", "error:invalid_arguments")
"""What the same message will be refused for again."""


def channels(home, url):
    return [Channel("slack", name, Path(home), url, SecretStr(TOKEN), timeout=0.3) for name in NAMES]


def prepared(channel, number, version=0):
    """The digest of a portfolio of its own; another version of it says something else."""
    said = report(portfolio=f"p{number:04}", trades=[trade(quantity=100.0 + version)])
    return prepare(said, "digest", channel)


def answering(channel, number, to):
    """A halt that answers a digest."""
    at = datetime(2015, 8, 24, 23, tzinfo=UTC)
    by = Actor.typed("Ada").name
    return prepare_halt(Switch(f"p{number:04}", "disabled", at, by, "x", (), f"e{number}"), channel, to.key)


def ask(warehouse, wanted):
    now = datetime.now(UTC)
    with warehouse.open() as db:
        for notice in wanted:
            notices.ask(db, notice, now)


def faults(slack, rng, method, count):
    """About every second request fails; about one of twenty for good."""
    drawn = []
    for number in range(count):
        luck = rng.random()
        drawn.append(
            (rng.choice(FINAL), 0.0)
            if luck < 0.05 or number % 20 == 7
            else rng.choice(PASSING)
            if luck < 0.5
            else ("", 0.0)
        )
    with slack.open() as db:
        db.executemany("insert into faults values (?, ?, ?)", [(method, *one) for one in drawn])


def start(home, slack):
    command = [sys.executable, "-m", "tests.tasks.deliver.matrix", str(home), slack.url, str(slack.file)]
    return subprocess.Popen(command, cwd=ROOT)


def deliver_with_kills(home, slack, rng, kills):
    """Deliver everything by processes of which the first `kills` are killed; how many were at work then."""
    struck = 0
    for _ in range(kills):
        process, before = start(home, slack), slack.requests() + slack.requests("chat.update")
        while process.poll() is None and slack.requests() + slack.requests("chat.update") == before:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 1.0))
        process.kill()
        struck += process.wait() != 0
    assert start(home, slack).wait() == 0
    return struck


def states(warehouse):
    """Every notice with its state, by key."""
    with warehouse.open() as db:
        return {one.notice.key: one for one in notices.every(db)}


def check(warehouse, slack):
    """Each arrived exactly once, or has a permanent error; the states, counted."""
    found = states(warehouse)
    arrived = Counter(one["metadata"]["event_payload"]["key"] for one in slack.messages())
    changed = Counter(one["metadata"]["event_payload"]["key"] for one in slack.edits())
    replaced = {one.notice.replaces for one in found.values()}
    for key, one in found.items():
        times = changed[key] if one.notice.replaces else arrived[key]
        assert one.state in {"sent", "refused"}, (one.state, one.error)
        if one.state == "refused":
            assert (times, bool(one.error)) == (0, True), (key, one)
        elif key not in replaced:
            assert times == 1, (key, times, one)
    return Counter(one.state for one in found.values())


class SkippingClock:
    """The clock of Slack's stand-in, moved on by every sleep: what is waited for is not slept.

    Of one clock for both: a message is looked for among those since its attempt began.
    """

    def __init__(self, slack):
        self.slack = slack

    def now(self):
        return datetime.fromtimestamp(self.slack.now(), UTC)

    def sleep(self, seconds):
        if seconds > 0:
            self.slack.skip(seconds)


def main(home, url, state):
    clock, warehouse = SkippingClock(SlackState(Path(state))), DuckDBFile(Path(home))
    while warehouse.read(notices.waiting):
        for channel in channels(home, url):
            drain(warehouse, channel, clock)
        clock.sleep(60.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
