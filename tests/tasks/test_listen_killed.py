"""A listener that is killed at drawn moments while it decides: a click counts once, and is not lost."""

import os
import random
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from config.calendars import Calendar
from tasks.orders.recommendations import of_run
from tasks.outbox.delivery import deliver_all
from tasks.outbox.notify import notify
from tests.conftest import ROOT
from tests.standins.slack import TOKEN
from tests.standins.slack_socket import APP_TOKEN, SocketStandIn
from tests.tasks.desk import Desk, market
from warehouse.record import ledger

ADA = "U0000ADA1"
TABLES = f'[slack]\nchannel = "#portfolio-core"\n[[person]]\nname = "Ada"\nslack = "{ADA}"\n'
ROUNDS = 12
LATEST = 0.4  # seconds after the click: a decision is in the ledger by then


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A day that is recommended now, told nowhere yet: the desk and the run's id."""
    now = datetime.now(UTC)
    session = Calendar("XNYS").last_completed(now)
    desk = Desk(tmp_path_factory.mktemp("listen") / "desk", now)
    return desk, desk.day(market(last=session), desk.portfolio(tables=TABLES), session).run_id


def listening(home, slack):
    """A `ballast listen` of its own, once it is connected."""
    opened = slack.opened
    given = {"HOME": str(home), "SLACK_URL": slack.url, "SLACK_TOKEN": TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.commands", "listen"], cwd=ROOT,
        env=os.environ | {f"BALLAST_{name}": value for name, value in given.items()},
    )  # fmt: skip
    slack.wait(lambda: slack.opened > opened, 60.0)
    return process


def states(desk, run_id):
    with desk.visit() as db:
        return [one.state for one in of_run(db, run_id, datetime.now(UTC))]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_click_counts_once_whenever_the_listener_is_killed(ran, tmp_path, seed):
    first, run_id = ran
    desk = Desk(shutil.copytree(first.folder, tmp_path / "desk"), datetime.now(UTC))
    with SocketStandIn(tmp_path / "slack.db") as slack:
        context = desk.context(
            slack_token=SecretStr(TOKEN), slack_app_token=SecretStr(APP_TOKEN), slack_url=slack.url
        )
        notify(context, run_id)
        message = slack.messages()[0]
        killed = listening(desk.home, slack)
        slack.click(message, "ballast_approve", ADA, at="1.5", envelope="once")
        time.sleep(random.Random(seed).uniform(0, LATEST))
        killed.kill()
        killed.wait()
        slack.wait(lambda: not slack.sockets)
        again = listening(desk.home, slack)
        try:
            slack.click(message, "ballast_approve", ADA, at="1.5", envelope="once")  # as Slack tells it again
            deadline = time.monotonic() + 60
            while states(desk, run_id) != ["approved"] * 3 or len(slack.messages()) < 2:
                assert time.monotonic() < deadline
                deliver_all(context)  # what was decided is in the outbox, whoever was killed
                time.sleep(0.1)
        finally:
            again.terminate()
            assert again.wait(60) == 0
        deliver_all(context)
        with desk.visit() as db:
            assert len(ledger.entries(db, ("recommendation",))) == 3
        assert [one["text"].count("3 orders approved by Ada") for one in slack.messages()[1:]] == [1]
