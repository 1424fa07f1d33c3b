"""`ballast up` as a person uses it: started, secured, stopped. The tests in this file share one, in order."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from flows.up import secret
from flows.up.up import running_server
from tests.conftest import ROOT
from tests.e2e.command import start_cold
from tests.e2e.up import PATIENCE, command, family, free_port, launched, started_again, untouched, wait_for


def test_the_panel_says_where_how_and_what_is_next(up):
    panel = up.output.read_text()
    assert f"{up.api.removesuffix('/api')}/deployments" in panel
    assert "daily on" in panel
    assert "18:30 New York" in panel
    assert running_server(up.home) == up.api


def test_daily_is_scheduled_after_the_new_york_close_and_backfill_is_not(up):
    (schedule,) = up.deployment("daily")["schedules"]
    assert schedule["active"]
    assert schedule["schedule"]["cron"] == "30 18 * * 1-5"
    assert schedule["schedule"]["timezone"] == "America/New_York"
    assert up.deployment("backfill")["schedules"] == []


def test_the_form_knows_the_parameters_and_their_types(up):
    fields = up.deployment("daily")["parameter_openapi_schema"]["properties"]
    assert set(fields) == {"portfolio", "session", "source", "notify"}
    assert {"type": "string", "format": "date"} in fields["session"]["anyOf"]
    assert fields["session"]["default"] is None
    assert fields["portfolio"]["default"] == "core"
    assert {"all", "core"} <= {*fields["portfolio"]["anyOf"][0]["enum"]}
    assert {"tiingo", "yfinance"} <= {*fields["source"]["anyOf"][0]["enum"]}
    assert fields["notify"]["type"] == "boolean"
    assert all(field["description"] for field in fields.values())
    assert "start" in up.deployment("backfill")["parameter_openapi_schema"]["required"]


def test_who_does_not_know_the_secret_is_refused(up):
    run = f"{up.api}/deployments/{up.deployment('daily')['id']}"
    for known in (None, ("mine", "own"), ("ballast", "")):
        assert httpx.get(run, auth=known, timeout=30).status_code == 401
        assert httpx.post(f"{up.api}/variables/", json={}, auth=known, timeout=30).status_code == 401
    assert httpx.get(run, auth=up.known, timeout=30).status_code == 200
    password = secret.read(up.home)
    assert stat.S_IMODE(secret.file(up.home).stat().st_mode) == 0o600
    assert not [line for line in family(up.home).values() if up.known[1] in line]
    assert not [log for log in secret.file(up.home).parent.rglob("*.log") if password in log.read_text()]
    assert password not in up.output.read_text()
    assert not [path for path in [up.home, *up.home.rglob("*")] if path.lstat().st_mode & 0o077]


def test_other_origins_and_other_names_for_this_machine_are_refused_even_with_the_secret(up):
    path = f"{up.api}/flow_runs/filter"
    for header in ({"Host": "evil.example"}, {"Origin": "http://localhost:8888"}, {"Origin": "null"}):
        answer = httpx.post(path, json={}, auth=up.known, headers=header, timeout=30)
        assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (403, False)
    answer = httpx.options(path, headers={"Origin": "http://evil.example"}, timeout=30)
    assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (403, False)


def test_a_run_cannot_bring_its_own_command_folder_or_environment(up, book):
    path = f"{up.api}/deployments/{up.deployment('daily')['id']}/create_flow_run"
    for job in (
        {"command": "env"},
        {"working_dir": "/"},
        {"env": {"PYTHONPATH": "/"}},
        {"env.PYTHONPATH": "/"},
    ):
        asked = {"parameters": book, "job_variables": job}
        answer = httpx.post(path, json=asked, auth=up.known, timeout=30)
        assert answer.status_code == 422, answer.text
    assert not up.deployment("daily")["job_variables"]


def test_a_command_in_another_s_folder_uses_the_server_and_nothing_of_the_folder(up, book):
    """Prefect's own settings too are those of HOME, in the process of the command and in its children."""
    folder = up.output.parent
    asked = ["--portfolio", book["portfolio"], "--session", book["session"], "--source", book["source"]]
    done = start_cold(["daily", *asked, "--no-notify", "--json", "--home", str(up.home)], {}, folder).wait()
    assert done.report["session"] == book["session"]
    runs = up.post("flow_runs/filter", sort="START_TIME_DESC")
    assert len([run for run in runs if run["name"].startswith("two ") and not run["deployment_id"]]) == 1
    assert untouched(folder)
    worker = next(pid for pid, line in family(up.home).items() if "worker start" in line)
    assert Path(f"/proc/{worker}/cwd").resolve() == up.home


def test_a_second_up_names_the_first(up):
    second = subprocess.run(
        command(up.home, free_port()), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode == 2
    assert f"process {up.process.pid} at {up.api.removesuffix('/api')}" in second.stderr


def test_a_schedule_is_switched_off_in_the_pages(up):
    """What the pages do; the last test looks whether it stays so."""
    switch_off(up)
    assert not up.deployment("daily")["schedules"][0]["active"]


def test_stopping_leaves_no_process_behind_even_in_the_middle_of_a_run(up, book):
    """Last in the file: it stops what the tests above use."""
    up.start(**book)
    deadline = time.monotonic() + PATIENCE
    while not any("prefect.engine" in line for line in family(up.home).values()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(family(up.home)) >= 3, "server, worker and a run"
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0, up.output.read_text()
    assert family(up.home) == {}
    assert running_server(up.home) is None
    assert "Stopped" in up.output.read_text()


@pytest.mark.long
def test_the_next_up_clears_the_queue_and_starts_a_child_that_dies_again(up, tmp_path):
    """After the tests above, in the same HOME; what was switched off stays so."""
    if up.process.poll() is None:  # the tests that switch off and stop were not chosen, as in make soak
        switch_off(up)
        up.process.send_signal(signal.SIGINT)
        assert up.process.wait(60) == 0
    again = launched(up.home, tmp_path, free_port())
    open_runs = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
    assert again.post("flow_runs/filter", flow_runs=open_runs) == []
    assert not again.deployment("daily")["schedules"][0]["active"]
    assert "daily on" not in again.output.read_text()
    for kind, name in (("worker start", "The worker"), ("flows.up.served.guard", "The Prefect server")):
        [child] = (pid for pid, line in family(up.home).items() if kind in line)
        os.kill(child, signal.SIGKILL)
        said = f"{name} was ended by SIGKILL: started again"
        wait_for(lambda said=said: said in again.output.read_text().replace("\n", " "), again)
        wait_for(lambda old=child: started_again(up.home, old), again)
    wait_for(lambda: running_server(up.home) == again.api, again)
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(60) == 0
    assert family(up.home) == {}


def switch_off(up):
    found = up.deployment("daily")
    schedule = f"deployments/{found['id']}/schedules/{found['schedules'][0]['id']}"
    up.asked("PATCH", schedule, {"active": False})
