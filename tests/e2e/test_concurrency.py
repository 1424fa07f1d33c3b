"""Several commands on one HOME at once, and a lock that somebody holds for too long."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import ROOT, mostly_long
from tests.e2e import invariants
from tests.e2e.command import INTERVAL, environment
from tests.e2e.desk import SESSION
from tests.e2e.reports import comparable
from warehouse import notices
from warehouse.duckdb_file.backend import DuckDBFile

# Takes the lock as another command would, says so, and leaves when its standard input ends.
HOLDER = """
import sys
import time
from pathlib import Path
from warehouse.duckdb_file.backend import DuckDBFile
with DuckDBFile(Path(sys.argv[1]), command="ballast backfill").locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def lock_held(home: Path) -> Iterator[int]:
    """Another process holds the warehouse's lock; its id."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield holder.pid
    finally:
        holder.communicate(timeout=30)


def found(report):
    """What a run found: one that a later one has replaced before it ended says so, and differs in no more."""
    trades = [{**trade, "state": None} for trade in report["trades"]]
    return comparable(report | {"trades": trades, "superseded_by": None})


@pytest.mark.parametrize("count", mostly_long([2, 4], 2))
def test_the_same_day_at_once_is_told_once(desk, slack, count):
    portfolio, prices = desk.portfolio(), desk.prices()
    started = [desk.daily(portfolio, prices) for _ in range(count)]
    reports = [running.wait().report for running in started]
    assert len({report["run_id"] for report in reports}) == count
    assert [found(report) == found(reports[0]) for report in reports] == [True] * count
    assert sum(report["superseded_by"] is None for report in reports) >= 1  # one recommendation stays
    assert sum(report["data"]["rows_new"] for report in reports) == 600  # each bar is new to one of them
    assert Counter(kind_of(message) for message in slack.messages()) == {"alert": 1, "digest": 1}
    states = {notice["state"] for report in reports for notice in report["notices"]}
    assert states <= {"sent", "queued"}  # queued: another one was at it when this report was written
    invariants.check(desk.home)


@pytest.mark.long
def test_different_days_and_portfolios_at_once(desk, slack):
    days = [SESSION, date(2015, 8, 21)]
    files = {day: desk.prices(f"prices-{day}", session=day) for day in days}
    asked = [(name, day) for name in ("first", "second") for day in days]
    started = [desk.daily(desk.portfolio(name), files[day], session=day) for name, day in asked]
    reports = [running.wait().report for running in started]
    assert [(report["portfolio"], report["session"]) for report in reports] == [
        (name, str(day)) for name, day in asked
    ]
    assert {report["status"] for report in reports} == {"recommended"}
    states = {notice["state"] for report in reports for notice in report["notices"]}
    assert states <= {"sent", "queued"}  # queued: another one was at it when this report was written
    assert len(slack.messages()) == 8  # an alert and a digest each
    assert {one.state for one in DuckDBFile(desk.home).read(notices.every)} == {"sent"}
    invariants.check(desk.home)


@pytest.mark.long
def test_a_lock_held_too_long_names_its_holder(desk, slack):
    portfolio, prices = desk.portfolio(), desk.prices()
    first = desk.daily(portfolio, prices).wait().report
    with lock_held(desk.home) as pid:
        refused = desk.daily(portfolio, prices, BALLAST_LOCK_TIMEOUT="0.5").wait()
    assert refused.code == 1
    assert sentences(refused.err) == [json.loads(refused.out)["error"]]
    for word in (f"process {pid} (ballast backfill", "waited 0.5 s", "BALLAST_LOCK_TIMEOUT", str(desk.home)):
        assert word in refused.err
    again = desk.daily(portfolio, prices).wait().report
    assert comparable(again) == comparable(first)
    assert len(slack.messages()) == 2
    invariants.check(desk.home)


@pytest.mark.long
def test_a_lock_taken_away_in_the_middle_of_a_run_loses_nothing(desk, slack):
    slack.fault("accept_delay", seconds=3.0)
    portfolio, prices = desk.portfolio(), desk.prices()
    running = desk.daily(portfolio, prices, BALLAST_LOCK_TIMEOUT="0.5")
    while not slack.messages():
        assert running.poll() is None
        time.sleep(INTERVAL)
    with lock_held(desk.home) as pid:
        stopped = running.wait()
    assert stopped.code == 1
    assert f"process {pid} (ballast backfill" in stopped.err
    again = desk.daily(portfolio, prices).wait().report
    assert again["status"] == "recommended"
    assert {notice["state"] for notice in again["notices"]} == {"sent"}
    assert Counter(kind_of(message) for message in slack.messages()) == {"alert": 1, "digest": 1}
    endings = [(status, error) for status, error, _ in invariants.runs(desk.home, "two-funds")]
    assert endings == [("failed", "interrupted"), ("recommended", None)]
    invariants.check(desk.home)


def kind_of(message):
    return "alert" if " alert: " in message["text"] else "digest"


def sentences(err):
    """What the command itself complained about."""
    return [line.removeprefix("ballast: ") for line in err.splitlines() if line.startswith("ballast: ")]
