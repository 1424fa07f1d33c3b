"""`ballast up` whose own Prefect server keeps its data in a real PostgreSQL; in order."""

import os
import signal
import time
from datetime import date
from pathlib import Path

import pytest

from config.calendars import Calendar
from flows.up import elsewhere
from tests.e2e.up import family, free_port, launched, started_again, stopped, wait_for

pytestmark = pytest.mark.long

CHRISTMAS = {"start_time": "2025-12-25T12:00:00Z", "end_time": "2025-12-26T12:00:00Z"}


@pytest.fixture(scope="module")
def database(postgres):
    made = postgres.database()
    yield made
    postgres.drop(made)


def begun(database, folder):
    url = database.url("postgresql+asyncpg")
    return launched(folder / "home", folder, free_port(), BALLAST_PREFECT_DATABASE=url)


@pytest.fixture(scope="module")
def up(database, tmp_path_factory):
    running = begun(database, tmp_path_factory.mktemp("up"))
    yield running
    stopped(running)


def test_runs_that_are_asked_for_and_runs_of_the_schedule_go_through(up, book):
    assert not Calendar("XNYS").is_session(date(2025, 12, 25))
    number = up.deployment("daily")["id"]
    up.post(f"deployments/{number}/schedule", **CHRISTMAS, min_runs=1, max_runs=1)
    that_day = {"expected_start_time": {"before_": CHRISTMAS["end_time"]}}
    [planned] = up.post("flow_runs/filter", flow_runs=that_day)
    assert up.finished(planned["id"])["state_name"] in {"Holiday", "No portfolio"}
    assert up.finished(up.start(**book))["state_name"] == "Recommended"
    assert not list(up.home.rglob("*.db")), "no database in HOME"


def test_the_password_is_in_the_server_s_environment_and_nowhere_else(up, database):
    word, processes = database.password.encode(), family(up.home)
    knowing = [line for pid, line in processes.items() if word in Path(f"/proc/{pid}/environ").read_bytes()]
    assert [line for line in knowing if "flows.up.served.guard" not in line] == []
    assert len(knowing) == 1
    assert not [line for line in family(up.home).values() if database.password in line]
    assert [path for path in up.home.rglob("*") if path.is_file() and word in path.read_bytes()] == []
    assert database.password not in up.output.read_text()
    settings = up.asked("GET", "admin/settings").text
    assert "connection_url" in settings
    assert database.password not in settings


def test_another_home_on_the_same_database_is_refused(up, database, tmp_path):
    name = elsewhere.worker(up.home)
    with pytest.raises(pytest.fail.Exception, match=rf"(?s){name} is at\s+work\s+on\s+the\s+database"):
        begun(database, tmp_path)
    assert family(tmp_path / "home") == {}


def completed(up):
    rows = up.post("flow_runs/filter", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
    return {row["id"] for row in rows}


def test_a_server_that_is_killed_is_started_again_and_knows_all(up, book):
    before = completed(up)
    [child] = (pid for pid, line in family(up.home).items() if "flows.up.served.guard" in line)
    os.kill(child, signal.SIGKILL)
    wait_for(
        lambda: "The Prefect server was ended by SIGKILL" in up.output.read_text().replace("\n", " "), up
    )
    wait_for(lambda: started_again(up.home, child), up)
    row = up.finished(up.start(**book))
    assert row["state_name"] == "Recommended"
    assert before <= completed(up)


def test_a_postgresql_that_is_stopped_and_started_again_is_found_again(up, postgres, book):
    postgres.stop()
    time.sleep(15)
    postgres.start()
    assert up.finished(up.start(**book))["state_name"] == "Recommended"
    assert up.process.poll() is None, up.output.read_text()
