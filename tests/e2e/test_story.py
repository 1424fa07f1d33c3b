"""The command line's story: what a portfolio manager and an operator do with it, in the order they do it."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from tests.e2e.cli import ROOT, ballast, daily, side_by_side
from tests.e2e.market import LAYOUTS, SESSION, prices, write
from tests.e2e.schema import check

DEMO = ROOT / "config" / "demo" / "demo.toml"
SYMBOLS = set(LAYOUTS["lots_of_ten"].held)
Files = dict[str, tuple[int, bytes]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds an ordinary HOME with a portfolio `desk`, a price file, and one that lacks the session's bars."""
    folder = tmp_path_factory.mktemp("story")
    write(folder / "home" / "portfolios", "desk", LAYOUTS["lots_of_ten"])
    market = prices()
    market.to_parquet(folder / "prices.parquet")
    market[market["session"] < SESSION].to_parquet(folder / "yesterday.parquet")
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both halves of the story, side by side: an ordinary HOME, and the days on which something is wrong."""
    ordinary, other = side_by_side([partial(ordinary_days, folder), partial(other_days, folder)])
    return ordinary, other


@pytest.fixture(scope="module")
def ordinary(told) -> dict[str, Any]:
    return told[0]


@pytest.fixture(scope="module")
def other(told) -> dict[str, Any]:
    return told[1]


def ordinary_days(folder: Path) -> dict[str, Any]:
    """Backfill twice, run twice, look at it, ask the doctor."""
    home, desk, source = folder / "home", "desk", folder / "prices.parquet"
    fill = [
        "--start",
        "2023-01-03",
        "--end",
        "2024-06-28",
        "--portfolio",
        desk,
        "--source",
        f"files:{source}",
    ]
    scene: dict[str, Any] = {
        name: ballast("backfill", *fill, "--portfolio", desk, "--json", home=home)
        for name in ("backfill", "backfill again")
    }
    scene["daily"] = daily(desk, SESSION, source, home)
    scene["previews"] = files(home / "previews")
    scene["daily again"] = daily(desk, SESSION, source, home)
    scene["previews again"] = files(home / "previews")
    scene["show"] = ballast("show", "latest", "--json", home=home)
    scene["show in words"] = ballast("show", "latest", "--portfolio", "desk", home=home)
    scene["replay"] = ballast("replay", "latest", home=home)
    scene["doctor"] = ballast("doctor", "--json", home=home, BALLAST_SOURCE=f"files:{source}")
    return scene


def other_days(folder: Path) -> dict[str, Any]:
    """The demo twice and an ordinary day of its data; a kill switch, a late vendor, a broken HOME."""
    home, source = folder / "demo home", folder / "prices.parquet"
    desk = folder / "home" / "portfolios" / "desk.toml"
    scene: dict[str, Any] = {"demo": ballast("demo", "--json", home=home)}
    scene["previews"] = files(home / "demo" / "previews")
    scene["what if"] = ballast("whatif", "demo", "--json", home=home / "demo")
    scene["demo again"] = ballast("demo", home=home)
    scene["previews again"] = files(home / "demo" / "previews")
    scene["calm"] = ballast(
        "daily", "--portfolio", DEMO, "--session", "2010-04-14", "--source", "bundled", "--json", home=home
    )
    scene["late"] = daily(desk, SESSION, folder / "yesterday.parquet", folder / "late home")
    killed = folder / "killed home"
    write(killed / "portfolios", "killed", LAYOUTS["lots_of_ten"])
    for shipped in ("core.toml", "core.holdings.csv"):
        shutil.copy(ROOT / "config" / "portfolios" / shipped, killed / "portfolios")
    (killed / "portfolios" / "wrong.toml").write_text('name = "wrong"\n')
    (killed / "KILL").write_text("the desk is on fire\n")
    scene["all"] = daily("all", SESSION, source, killed, expect=2)
    broken = folder / "broken home"
    broken.mkdir()
    (broken / "staging").write_text("a file where a folder must be")
    scene["failed"] = daily(desk, SESSION, source, broken, expect=1)
    return scene


def files(folder: Path) -> Files:
    """What lies in a folder, and since when."""
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


def same_day(report: dict[str, Any]) -> dict[str, Any]:
    """A report apart from run_id (also in `docs`), times, known_at, rows_new and notice states."""
    data = {name: fact for name, fact in report["data"].items() if name != "rows_new"}
    notices = [{**notice, "state": None} for notice in report["notices"]]
    return {**report, "data": data, "notices": notices, "run_id": None, "known_at": None, "docs": None}


def test_backfill_brings_history_once(ordinary) -> None:
    (first,), (again,) = (ordinary[name].json["backfills"] for name in ("backfill", "backfill again"))
    sessions = len(pd.bdate_range("2023-01-03", "2024-06-28")) - 15  # exchange holidays
    assert (first["rows_new"], first["rows_restated"]) == (sessions * len(SYMBOLS), 0)
    assert (again["rows_new"], again["rows_restated"]) == (0, 0)
    assert first["rows_quarantined"] == again["rows_quarantined"] == 0


def test_daily_brings_only_what_backfill_had_not(ordinary) -> None:
    first, again = ordinary["daily"].json, ordinary["daily again"].json
    assert first["data"]["rows_new"] > 0
    assert again["data"]["rows_new"] == first["data"]["rows_restated"] == again["data"]["rows_restated"] == 0


def test_reports_are_of_the_published_schema(ordinary, other) -> None:
    named = {name: ordinary[name].json for name in ("daily", "daily again", "show")}
    named |= {name: other[name].json for name in ("demo", "calm", "late", "failed", "all")}
    for report in named.values():
        check(report)
    assert named["demo"]["schema"] == named["all"]["schema"] == 1


def test_numbers_are_not_rounded(ordinary) -> None:
    report = ordinary["daily"].json
    numbers = [row["annualised"] for row in report["volatility"]] + [report["benchmark"]["day"]]
    assert len(numbers) == 9 * len(SYMBOLS) + 1
    assert all(number != round(number, 9) for number in numbers)


def test_show_says_what_daily_said(ordinary) -> None:
    assert ordinary["show"].json == ordinary["daily again"].json
    words = ordinary["show in words"].out
    for trade in ordinary["daily"].json["trades"]:
        assert trade["symbol"] in words
    assert SESSION in words


def test_a_second_run_says_the_same_and_tells_nobody_again(ordinary) -> None:
    first, again = ordinary["daily"].json, ordinary["daily again"].json
    assert first["run_id"] != again["run_id"]
    assert same_day(first) == same_day(again)
    assert [notice["state"] for notice in first["notices"]] == ["preview"]
    assert len(ordinary["previews"]) == 1
    assert ordinary["previews"] == ordinary["previews again"]


def test_a_preview_is_the_payload_for_slack(ordinary) -> None:
    ((_, content),) = ordinary["previews"].values()
    payload = json.loads(content)
    assert payload["blocks"]
    assert ordinary["daily"].json["trades"][0]["symbol"] in json.dumps(payload)


def test_replay_finds_every_number(ordinary) -> None:
    assert f"{ordinary['daily again'].json['run_id']}: all " in ordinary["replay"].out


def test_doctor_finds_nothing_wrong(ordinary) -> None:
    checks = {row["name"]: row for row in ordinary["doctor"].json["checks"]}
    assert {"home", "warehouse", "portfolios", "source", "slack", "kill switch"} <= set(checks)
    assert all(row["status"] in {"good", "note"} and row["detail"] for row in checks.values())


def test_past_sessions_are_historical_and_the_demo_is_not(ordinary, other) -> None:
    assert ordinary["daily"].json["historical"] is True
    assert other["calm"].json["historical"] is True
    assert other["demo"].json["historical"] is False


def test_demo_is_the_flash_crash_and_alerts(other) -> None:
    report = other["demo"].json
    assert (report["portfolio"], report["session"]) == ("demo", "2010-05-06")
    assert report["value"] > 0
    assert report["data"]["illustration"]
    alerts = {alert["symbol"]: alert for alert in report["alerts"]}
    # S&P 500, 6 May 2010: 1065.79 at the low after a close of 1165.87 on the day before.
    assert alerts["^GSPC"]["move"] == pytest.approx(1065.79 / 1165.87 - 1, abs=1e-4)
    assert alerts["^GSPC"]["severity"] == "critical"
    assert {notice["kind"] for notice in report["notices"]} == {"alert", "digest"}


def test_a_what_if_without_a_change_is_what_the_demo_proposed(other) -> None:
    found, report = other["what if"].json, other["demo"].json
    rows = [{**row, "state": None} for row in report["trades"]]
    assert (found["trades"], found["checks"], found["status"]) == (rows, report["checks"], report["status"])
    assert (found["before"]["value"], found["before"]["drift"]) == (report["value"], report["drift"])
    assert found["before"]["volatility"] == report["risk"]["volatility"]


def test_a_second_demo_tells_nobody_again(other) -> None:
    assert len(other["previews"]) == 2
    assert other["previews"] == other["previews again"]
    assert "2010-05-06" in other["demo again"].out


def test_an_ordinary_day_alerts_nobody(other) -> None:
    report = other["calm"].json
    assert report["alerts"] == []
    assert [notice["kind"] for notice in report["notices"]] == ["digest"]


def test_a_vendor_without_the_sessions_bars_holds_everything(other) -> None:
    report = other["late"].json
    assert report["status"] == "held"
    late = {row["symbol"] for row in report["data"]["quarantined"]} | set(report["data"]["stale"])
    assert late == SYMBOLS
    assert report["trades"]
    assert all(trade["status"] == "held" and trade["held_because"] for trade in report["trades"])
    assert len(report["notices"]) == 1


def test_the_kill_switch_holds_everything_and_says_why(other) -> None:
    killed = next(run for run in other["all"].json["runs"] if run["portfolio"] == "killed")
    assert killed["status"] == "held"
    assert killed["trades"]
    assert all("the desk is on fire" in trade["held_because"] for trade in killed["trades"])


def test_all_portfolios_run_and_the_worst_code_is_told(other) -> None:
    """Exit code 2 was asked of the command: one portfolio file of three is wrong."""
    assert {run["portfolio"] for run in other["all"].json["runs"]} == {"core", "killed"}
    assert "wrong" in other["all"].err


def test_what_no_symbol_can_tell_is_null(other) -> None:
    """None of the shipped portfolio's symbols is in the price file: nothing is known, so nothing is said."""
    core = next(run for run in other["all"].json["runs"] if run["portfolio"] == "core")
    assert core["value"] is None
    assert core["status"] == "held"
    assert {row["annualised"] for row in core["volatility"]} == {None}
    assert {row["actual"] for row in core["drift"]} == {None}


def test_a_failed_run_is_a_report_too(other) -> None:
    report = other["failed"].json
    assert report["status"] == "failed"
    assert report["error"]
    assert report["trades"] == []
    assert report["run_id"] in other["failed"].err


GROUPS = [("", app), *((f"{group.name} ", group.typer_instance) for group in app.registered_groups)]
COMMANDS = [
    prefix + (command.name or command.callback.__name__)
    for prefix, group in GROUPS
    for command in group.registered_commands
]


def test_the_commands_are_known() -> None:
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0
    assert {"demo", "daily", "data load"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"Example: ballast {command}" in " ".join(result.output.split())


def test_nobody_else_on_the_machine_reads_home(folder, ordinary):
    """Not even the portfolio that was put there readable for all."""
    home = folder / "home"
    everything = [home, *home.rglob("*")]
    assert {path.name for path in everything} >= {"desk.toml", "warehouse.duckdb", "published", "previews"}
    assert {str(path): oct(path.lstat().st_mode) for path in everything if path.lstat().st_mode & 0o077} == {}
