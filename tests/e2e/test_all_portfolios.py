"""A day of all portfolios as a command: killed in the middle, and beside another one."""

import time

import pytest

from tests.e2e.command import PATIENCE
from tests.e2e.desk import SESSION, Desk


def owned(desk: Desk, *names: str) -> list[str]:
    """Portfolios in HOME; the command that runs a day of all of them on a file of prices."""
    folder = desk.home / "portfolios"
    folder.mkdir(parents=True)
    for name in names:
        desk.portfolio(name).rename(folder / f"{name}.toml")
    (desk.folder / "holdings.csv").rename(folder / "holdings.csv")
    prices = desk.prices(fall=0.0)
    return ["daily", "--portfolio", "all", "--session", str(SESSION), "--source", f"files:{prices}", "--json"]


@pytest.mark.long  # in one process: tests/flows/test_every.py, a day begun again
def test_a_day_that_was_killed_between_two_portfolios_is_run_again(desk: Desk):
    command = owned(desk, "aa", "bb", "cc")
    running, deadline = desk.start(command), time.monotonic() + PATIENCE
    while not list((desk.home / "reports").glob("*-aa-*.json")):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.01)
    running.kill()
    again = desk.run(*command).report
    assert [(run["portfolio"], run["status"]) for run in again["runs"]] == [
        ("aa", "recommended"), ("bb", "recommended"), ("cc", "recommended")
    ]  # fmt: skip
    assert again["runs"][2]["data"]["rows_new"] == 0  # the first delivery was stored
    runs = desk.run("runs", "--json").report["runs"]
    assert {run["status"] for run in runs} <= {"recommended", "failed"}
    assert len([run for run in runs if run["portfolio"] == "aa"]) == 2
    assert desk.run("ledger", "verify").code == 0
    for run in again["runs"]:
        assert desk.run("replay", run["run_id"]).code == 0


@pytest.mark.long
def test_two_days_at_once_both_end(desk: Desk):
    command = owned(desk, "aa", "bb")
    outcomes = [running.wait() for running in (desk.start(command), desk.start(command))]
    for outcome in outcomes:
        assert [run["status"] for run in outcome.report["runs"]] == ["recommended", "recommended"]
        for run in outcome.report["runs"]:
            assert desk.run("replay", run["run_id"]).code == 0
    assert desk.run("warehouse", "verify").code == 0
