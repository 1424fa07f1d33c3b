"""The desk on a real `ballast up`: what its deployments do, and a click that a killed listener has missed."""

import os
import shutil
import signal
import time
from datetime import UTC, datetime

import duckdb
import pytest

from config.calendars import Calendar
from tests.e2e.desk import PORTFOLIO, Desk
from tests.e2e.up import PATIENCE, family, free_port, launched, stopped
from tests.standins.slack import TOKEN
from tests.standins.slack_socket import APP_TOKEN, SocketStandIn
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.record import ledger

pytestmark = pytest.mark.long

ADA = "U0000ADA1"
PEOPLE = f'[[person]]\nname = "Ada"\nslack = "{ADA}"\n'


@pytest.fixture(scope="module")
def session():
    """The last session that is over: only what is recommended now can be decided on."""
    return Calendar("XNYS").last_completed(datetime.now(UTC))


@pytest.fixture(scope="module")
def slack(tmp_path_factory):
    with SocketStandIn(tmp_path_factory.mktemp("slack") / "slack.db") as standin:
        yield standin


@pytest.fixture(scope="module")
def up(tmp_path_factory, slack, driver, session):
    """A `ballast up` whose HOME has a portfolio with people, prices, a Slack and an app token."""
    folder = tmp_path_factory.mktemp("desk")
    desk = Desk(folder, driver)
    desk.portfolio(text=PORTFOLIO + PEOPLE)
    portfolios = desk.home / "portfolios"
    portfolios.mkdir(parents=True)
    for file in ("two-funds.toml", "holdings.csv"):
        shutil.move(folder / file, portfolios / file)
    prices = desk.prices(fall=0.0, session=session)
    running = launched(
        desk.home, folder, free_port(),
        BALLAST_SLACK_URL=slack.url, BALLAST_SLACK_TOKEN=TOKEN, BALLAST_SLACK_APP_TOKEN=APP_TOKEN,
        BALLAST_SOURCE=f"files:{prices}",
    )  # fmt: skip
    yield running
    stopped(running)


def ended(up, deployment, **parameters):
    """A run of a deployment, as the server has it at its end."""
    number = up.deployment(deployment)["id"]
    row = up.finished(up.post(f"deployments/{number}/create_flow_run", parameters=parameters)["id"])
    assert row["state_type"] == "COMPLETED", row["state"]["message"]
    return row


def until(condition, up):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, up.output.read_text()
        time.sleep(0.02)


def decisions(up):
    """The ledger's entries about recommendations."""
    return DuckDBFile(up.home).read(lambda db: ledger.entries(db, ("recommendation",)))


def listener(up):
    """The process that listens to Slack."""
    [found] = [pid for pid, line in family(up.home).items() if "flows.commands listen" in line]
    return found


def test_deliver_brings_what_a_run_could_not_and_nothing_twice(up, slack, session):
    slack.fault("error:invalid_auth", times=20)
    ended(up, "daily", portfolio="two-funds", session=str(session))
    assert slack.everything() == []
    slack.mend()
    said = ended(up, "deliver")["state"]["message"]
    [message], [details] = slack.messages(), slack.details()
    assert f"two-funds · {session}" in message["text"]
    assert details["thread_ts"] == message["ts"]
    assert said == f"{len(slack.everything())} sent"
    assert "orders-two-funds" in " ".join(name for name, _ in slack.uploads())
    before = slack.everything()
    assert ended(up, "deliver")["state"]["message"] == "no message waits"
    assert slack.everything() == before


def test_a_click_counts_once_though_the_listener_was_killed(up, slack):
    """It is killed when the click is on its way; `up` starts another one, to which Slack tells it again."""
    slack.wait(lambda: bool(slack.sockets), PATIENCE)
    [message], opened, killed = slack.messages(), slack.opened, listener(up)
    os.kill(killed, signal.SIGSTOP)
    slack.click(message, "ballast_approve", ADA, at="1.5", envelope="once")
    os.kill(killed, signal.SIGKILL)
    assert decisions(up) == []
    slack.wait(lambda: slack.opened > opened and bool(slack.sockets), PATIENCE)
    assert listener(up) != killed
    began = time.monotonic()
    for _ in range(2):
        slack.click(message, "ballast_approve", ADA, at="1.5", envelope="once")
        slack.acknowledged("once")
    until(lambda: len(decisions(up)) == 2, up)
    print(f"seconds from click to ledger: {time.monotonic() - began:.2f}")
    until(lambda: len(slack.messages()) == 2, up)
    assert "counted already" in slack.called("chat.postEphemeral")[-1]["text"]
    assert "2 orders approved by Ada" in slack.messages()[1]["text"]
    assert len(decisions(up)) == 2
    assert "The listener to Slack ended with exit code -9" in up.output.read_text().replace("\n", " ")


def test_weekly_reviews_the_week_and_maintenance_keeps_it(up, session):
    review = ended(up, "weekly", portfolio="two-funds", day=str(session))
    assert review["state"]["message"].startswith("two-funds: 1 of ")
    [page] = [row for row in up.artifacts(review["id"]) if row["key"] == "weekly-two-funds"]
    assert str(session) in page["data"]
    said = ended(up, "maintenance")["state"]["message"]
    backed_up, verified, published = said.split("; ")
    backup = up.home / "backups" / backed_up.removeprefix("backed up to ").split(",")[0]
    assert (verified.startswith("verified "), published) == (True, "published")
    for copy in (backup, up.home / "published" / "warehouse.duckdb"):
        with duckdb.connect(str(copy), read_only=True) as db:
            [told] = db.execute(
                "select count(*) from notices where kind = 'digest' and state = 'sent'"
            ).fetchone()
        assert told >= 1
