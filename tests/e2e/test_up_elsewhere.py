"""`ballast up --server`: a worker for a Prefect server that somebody else runs, on a real PostgreSQL.

The tests in this file share the server, and most of them one `up`, in order.
"""

import os
import signal

import pytest

from config import settings
from flows.up import elsewhere
from flows.up.diagnosis import findings
from flows.up.health import main as health
from flows.up.up import running_server
from tests.e2e.up import family, launched, stopped, wait_for
from tests.standins.prefect import LOG_IN, PrefectServer

NAME = "desk-a"
WORD = LOG_IN.split(":")[1]
THEIRS = {"name": "ballast-desk-b", "type": "process"}


@pytest.fixture(scope="module")
def server(postgres, tmp_path_factory):
    running = PrefectServer(tmp_path_factory.mktemp("server"), postgres.database())
    try:
        running.start()
        yield running
    finally:
        running.stop()
        postgres.drop(running.database)


@pytest.fixture(scope="module")
def theirs(server):
    """What another HOME, and somebody who has nothing to do with Ballast, have on the same server."""
    pool = server.asked("POST", "work_pools/", THEIRS).json()
    flow = server.asked("POST", "flows/", {"name": "daily"}).json()["id"]
    deployment = {
        "name": "daily-desk-b", "flow_id": flow, "work_pool_name": pool["name"], "entrypoint": "x.y",
        "parameter_openapi_schema": {"type": "object", "properties": {"portfolio": {"type": "string"}}},
    }  # fmt: skip
    made = server.asked("POST", "deployments/", deployment).json()["id"]
    run = server.asked("POST", f"deployments/{made}/create_flow_run", {}).json()["id"]
    server.asked("POST", f"flow_runs/{run}/set_state", {"state": {"type": "RUNNING"}, "force": True})
    rule = {
        "name": "Ballast: a run has crashed",
        "trigger": {"type": "event", "posture": "Reactive", "threshold": 1, "within": 0, "expect": ["x"]},
        "actions": [{"type": "do-nothing"}],
    }
    kept = server.asked("POST", "automations/", rule).json()["id"]
    paths = {f"work_pools/{pool['name']}", f"deployments/{made}", f"flow_runs/{run}", f"automations/{kept}"}
    return {path: steady(server.asked("GET", path).json()) for path in paths}


def steady(row):
    """Without what the server itself renews."""
    return {
        key: value for key, value in row.items()
        if not key.startswith(("estimated", "updated", "status", "last_polled", "total_run_time"))
    }  # fmt: skip


@pytest.fixture(scope="module")
def up(server, theirs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    running = begun(server, folder)
    yield running
    stopped(running)


def begun(server, folder, name=NAME):
    return launched(
        folder / "home", folder, None, BALLAST_PREFECT_SERVER=server.api, BALLAST_PREFECT_NAME=name,
        PREFECT_API_AUTH_STRING=LOG_IN,
    )  # fmt: skip


def test_a_run_that_is_asked_for_on_the_server_is_done_here(up, book):
    row = up.finished(up.start(**book))
    assert (row["state_name"], row["work_pool_name"]) == ("Recommended", "ballast-desk-a"), row["state"]
    digest = next(one for one in up.artifacts(row["id"]) if one["key"] == "daily-two-funds-digest")
    assert "two-funds" in digest["data"]


def test_it_starts_a_worker_and_no_server_and_nothing_shows_the_log_in(up):
    commands = [line for line in family(up.home).values() if "prefect.engine" not in line]
    assert len([line for line in commands if "worker start --pool ballast-desk-a" in line]) == 1
    assert not [line for line in commands if "guard" in line or "server" in line]
    assert not [line for line in commands if WORD in line]
    texts = [path for path in up.home.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()]
    assert texts == []
    assert WORD not in (said := up.output.read_text())
    assert "Called       desk-a, work pool ballast-desk-a" in said
    assert running_server(up.home) is None, "without the log-in"


def test_what_others_have_on_the_server_stays_as_it_is(up, server, theirs):
    assert {path: steady(server.asked("GET", path).json()) for path in theirs} == theirs
    ours = {row["name"] for row in up.post("automations/filter")} - {"Ballast: a run has crashed"}
    assert ours == {
        "Ballast desk-a: a run that did not begin is freed",
        "Ballast desk-a: a run that gave no sign of life is freed",
    }
    assert up.post("block_documents/filter") == []


def test_the_health_check_says_whether_the_worker_is_at_work(up, monkeypatch, capsys):
    monkeypatch.setenv("BALLAST_HOME", str(up.home))
    assert health() == 1, "without the log-in"
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", LOG_IN)
    assert (health(), capsys.readouterr().out.splitlines()[-1]) == (
        0,
        f"{elsewhere.worker(up.home)} is at work",
    )
    monkeypatch.setenv("BALLAST_HOME", str(up.home.parent / "none"))
    assert health() == 1
    assert "`ballast up` does not run" in capsys.readouterr().out


def test_doctor_says_which_server_it_is_and_what_this_home_is_called_there(up, server, monkeypatch):
    given = {
        "BALLAST_PREFECT_SERVER": server.api,
        "PREFECT_API_AUTH_STRING": LOG_IN,
        "BALLAST_PREFECT_NAME": NAME,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    [found] = findings(settings.load(up.home))
    said = f"{server.api} runs Prefect {elsewhere.version()}; this HOME is desk-a there"
    assert (found.name, found.status, found.detail) == ("prefect server", "good", said)


@pytest.mark.long
def test_a_second_home_of_the_same_name_is_refused_and_one_of_another_name_has_its_own(
    up, server, tmp_path, book
):
    with pytest.raises(
        pytest.fail.Exception, match=rf"{elsewhere.worker(up.home)} is at work for ballast-desk-a"
    ):
        begun(server, tmp_path)
    other = begun(server, tmp_path, "desk-c")
    try:
        row = other.finished(other.start(**book))
        assert (row["state_name"], row["work_pool_name"]) == ("Recommended", "ballast-desk-c")
        mine = [one for one in up.post("deployments/filter") if one["name"].endswith("-desk-a")]
        assert {one["work_pool_name"] for one in mine} == {"ballast-desk-a"}
        assert len(mine) == 6
    finally:
        stopped(other)


@pytest.mark.long
def test_a_server_that_goes_away_is_waited_for_also_when_the_worker_dies_meanwhile(up, server, book):
    server.stop()
    wait_for(lambda: "it is waited for" in " ".join(up.output.read_text().split()), up)
    [worker] = (pid for pid, line in family(up.home).items() if "worker start" in line)
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: "SIGKILL: its server is away" in " ".join(up.output.read_text().split()), up)
    server.start()
    wait_for(lambda: "answers again" in up.output.read_text(), up)
    assert up.finished(up.start(**book))["state_name"] == "Recommended"


@pytest.mark.long
def test_a_database_that_goes_away_and_comes_back_leaves_the_worker_at_work(up, postgres, book):
    [worker] = (pid for pid, line in family(up.home).items() if "worker start" in line)
    before = up.output.read_text().count("waited for")
    postgres.stop()
    wait_for(lambda: up.output.read_text().count("waited for") > before, up)
    postgres.start()
    assert up.finished(up.start(**book))["state_name"] == "Recommended"
    assert "worker start" in family(up.home).get(worker, ""), "the same worker"


@pytest.mark.long
def test_a_server_that_has_forgotten_everything_is_registered_at_again(up, server, postgres, book):
    server.stop()
    postgres.drop(server.database)
    postgres.database(server.database.name)
    server.start()
    wait_for(lambda: "has no deployment of ours any more" in " ".join(up.output.read_text().split()), up)
    wait_for(lambda: up.post("deployments/filter") != [], up)
    assert up.finished(up.start(**book))["state_name"] == "Recommended"
