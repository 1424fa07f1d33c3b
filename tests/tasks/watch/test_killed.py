"""A watch that is killed as a process, at drawn moments, until the session is over: all is told, once."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter

import pytest
from pydantic import SecretStr

from tasks.alerts import decided
from tasks.outbox.delivery import deliver_all
from tests.conftest import ROOT
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import Desk, market
from tests.tasks.watch.session import CLOSE, FALL, at, bars, calm, fallen
from tests.tasks.watch.watch_process import SECONDS

SPEED = 240.0
"""Four minutes of the session a second."""
LIVES = 60
LONGEST = 5.0
"""Seconds that a process lives at most, once it watches."""
SLACK = '[slack]\nchannel = "#portfolio-core"\n'


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A desk after yesterday's run, with a session of two falls that has not begun."""
    desk = Desk(tmp_path_factory.mktemp("killed") / "desk")
    desk.day(market(), desk.portfolio(tables=SLACK))
    closes = fallen(fallen(calm(3), "CCC", 0.08), "BBB", 0.07, begin=FALL + 12)
    desk.prices(bars(closes), "minutes")
    return desk


class Watching:
    """A copy of the desk in a folder of its own, watched by one process after another."""

    def __init__(self, planted, folder, slack):
        self.desk, self.slack = Desk(shutil.copytree(planted.folder, folder)), slack
        self.clock = folder / "clock"
        self.clock.write_bytes(SECONDS.pack(at(FALL - 6).timestamp()))

    def begin(self):
        """Start a process; it is returned once it watches."""
        folder = self.desk.folder
        process = subprocess.Popen(
            [
                sys.executable, "-m", "tests.tasks.watch.watch_process", self.desk.home, folder / "trio.toml",
                f"files:{folder / 'minutes.parquet'}", self.slack.url, self.clock, str(SPEED),
            ],
            cwd=ROOT, env=os.environ | {"COVERAGE_PROCESS_START": ""}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout.readline() == "ready\n"
        return process

    @property
    def time(self):
        [seconds] = SECONDS.unpack(self.clock.read_bytes())
        return seconds

    def context(self):
        return self.desk.at(CLOSE).context(slack_token=SecretStr(TOKEN), slack_url=self.slack.url)

    def alerts(self):
        """All that is known of each alert, but for how its last minute was told."""
        return sorted(
            (
                one.fingerprint, one.kind, one.symbol, one.fired_at, one.at, one.resolved_at, one.state,
                one.severity, one.confirmed, one.depth, one.recovered, one.detail,
            )
            for one in decided.listing(self.context()).alerts
        )  # fmt: skip

    def shown(self):
        """The messages that stand in the channel itself."""
        return sorted(one["text"] for one in self.slack.messages() if "thread_ts" not in one)

    def settled(self):
        """Every message is there once: what a killed process has left is brought by the next delivery."""
        deliver_all(self.context())
        with self.desk.visit() as db:
            rows = db.connection.execute("select key, state from notices").fetchall()
        assert {state for _, state in rows} <= {"sent", "updated", "superseded"}
        keys = Counter(one["metadata"]["event_payload"]["key"] for one in self.slack.messages())
        assert set(keys.values()) == {1}


@pytest.fixture(scope="module")
def undisturbed(planted, tmp_path_factory):
    """The alerts and the messages of a watch that nobody kills."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with SlackStandIn(folder / "slack.db") as slack:
        watching = Watching(planted, folder / "desk", slack)
        assert watching.begin().communicate(timeout=120)[0] == "over\n"
        watching.settled()
        found = watching.alerts(), watching.shown()
    assert [(one[2], one[6]) for one in sorted(found[0], key=lambda one: one[2])] == [
        ("BBB", "resolved"), ("CCC", "resolved"),
    ]  # fmt: skip
    return found


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_drawn_moments_it_tells_the_same_alerts_once_each(planted, undisturbed, tmp_path, seed):
    moments = random.Random(seed)
    with SlackStandIn(tmp_path / "slack.db") as slack:
        for method in ("chat.postMessage", "chat.update"):  # accepted for a while before the answer comes
            slack.fault("accept_delay", method=method, seconds=0.15, times=100)
        watching, kills = Watching(planted, tmp_path / "desk", slack), 0
        for _ in range(LIVES):
            process = watching.begin()
            time.sleep(moments.uniform(0.3, LONGEST))
            if process.poll() is None:
                process.kill()
                kills += 1
            said = process.communicate(timeout=60)[0]
            if said == "over\n" or watching.time > CLOSE.timestamp():
                break
        slack.mend()
        process = watching.begin()
        assert process.communicate(timeout=120)[0] == "over\n"
        watching.settled()
        assert kills > 4
        assert (watching.alerts(), watching.shown()) == undisturbed
