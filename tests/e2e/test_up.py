"""`ballast up` as a person uses it: a real server, worker and browser, started once for the whole file."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import httpx
import pyarrow as pa
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.flow_engine import run_flow
from prefect.logging.handlers import APILogHandler
from prefect.logging.loggers import flow_run_logger
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from prefect.states import AwaitingRetry
from prefect.variables import Variable

import flows.daily
from config.calendars import Calendar
from flows.daily import RunFailedError, daily
from flows.kill_switch import kill_switch
from flows.up import secret
from flows.up.up import running_server
from tests.conftest import ROOT
from tests.e2e.browser import CHROMIUM, browser
from tests.e2e.command import start_cold
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.yahoo import Yahoo
from tests.tasks.desk import CLOSES as MADE
from tests.tasks.desk import SESSION as MADE_ON
from tests.tasks.desk import Desk as Book
from tests.tasks.desk import market as made_market

PATIENCE = 400.0
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
SESSION = date(2015, 8, 24)
PORTFOLIO = """
name = "two-funds"
holdings = "holdings.csv"
cash = 1000.0
[[target]]
symbol = "AAA"
asset_class = "equity"
weight = 0.6
[[target]]
symbol = "BBB"
asset_class = "bond"
weight = 0.4
[risk]
max_weight = 0.9
"""


@dataclass
class Up:
    """A running `ballast up`, asked over Prefect's REST API."""

    home: Path
    process: subprocess.Popen[bytes]
    api: str
    output: Path

    @property
    def known(self):
        """User and password, as the pages ask for them."""
        return tuple(secret.read(self.home).split(":"))

    def post(self, path, **body):
        for pause in (0.5, 1, 2, 4, 0):  # 503: its database was busy; Prefect's own client asks again too
            answer = httpx.post(f"{self.api}/{path}", json=body, auth=self.known, timeout=30)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause)
        return answer.raise_for_status().json()

    def deployment(self, name):
        (found,) = (row for row in self.post("deployments/filter") if row["name"] == name)
        return found

    def start(self, **parameters):
        number = self.deployment("daily")["id"]
        return self.post(f"deployments/{number}/create_flow_run", parameters=parameters)["id"]

    def finished(self, run):
        """The run, once it is in a final state."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = httpx.get(f"{self.api}/flow_runs/{run}", auth=self.known, timeout=30)
            row = answer.raise_for_status().json()
            if row["state_type"] in FINAL:
                return row
            time.sleep(0.5)
        pytest.fail(f"run {run} did not finish; the worker says:\n{self.log('worker')}")

    def artifacts(self, run):
        return self.post("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})

    def logs(self, run):
        """What the pages show as a run's log."""
        rows = self.post("logs/filter", logs={"flow_run_id": {"any_": [run]}}, sort="TIMESTAMP_ASC")
        return [row["message"] for row in rows]

    def left(self, run):
        """Wait until the process of a run is gone, and has logged what it does last."""
        deadline = time.monotonic() + PATIENCE
        while any("prefect.engine" in line for line in family(self.home).values()):
            assert time.monotonic() < deadline, run
            time.sleep(0.1)

    def log(self, name):
        return (self.home / "prefect" / "logs" / f"{name}.log").read_text()


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The parameters of a run: a portfolio far from its targets, and a year of steady prices for it."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "two.toml").write_text(PORTFOLIO)
    (folder / "holdings.csv").write_text("symbol,quantity\nAAA,900\nBBB,100\n")
    prices = folder / "prices"
    prices.mkdir()
    days = Calendar("XNYS").window(SESSION, 260)
    for symbol, step in (("AAA", 0.02), ("BBB", -0.01)):
        rows = [
            f"{day},{p:.2f},{p + 0.5:.2f},{p - 0.5:.2f},{p:.2f},1000000"
            for n, day in enumerate(days)
            for p in [100 + step * n + (n % 5) * 0.1]
        ]
        (prices / f"{symbol}.csv").write_text("\n".join(["date,open,high,low,close,volume", *rows]) + "\n")
    return {
        "portfolio": str(folder / "two.toml"),
        "session": SESSION.isoformat(),
        "source": f"files:{prices}",
        "notify": False,
    }


def command(home, port):
    """`ballast up`, also where the script of that name is not installed."""
    run = "from flows.commands.cli import main; main()"
    return [sys.executable, "-c", run, "up", "--home", str(home), "--port", str(port)]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def family(home):
    """Every process that was given this HOME by `up`, by its id."""
    marker = f"PREFECT_HOME={home}/prefect\0".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


EVIL = """
import os
os.makedirs({ran!r}, exist_ok=True)
"""
LOGGING = """
version: 1
handlers:
  evil: {{(): os.makedirs, name: {ran}, exist_ok: true}}
root: {{handlers: [evil]}}
"""


def booby_trapped(folder):
    """A folder as somebody else sends it: what there is run or believed leaves `ran` or `stolen` behind."""
    ran, stolen = str(folder / "ran"), str(folder / "stolen")
    for name in ("flows", "tasks", "pandas", "prefect", "sitecustomize"):
        (folder / f"{name}.py").write_text(EVIL.format(ran=ran))
    (folder / "logging.yml").write_text(LOGGING.format(ran=ran))
    settings = f'home = "{stolen}"\n[{{0}}logging]\nconfig_path = "{folder}/logging.yml"\n'
    (folder / "prefect.toml").write_text(settings.format(""))
    (folder / "pyproject.toml").write_text("[tool.prefect]\n" + settings.format("tool.prefect."))
    (folder / ".env").write_text(
        f"PREFECT_HOME={stolen}\nPREFECT_LOGGING_SETTINGS_PATH={folder}/logging.yml\n"
        f"PREFECT_API_URL=http://127.0.0.1:9/api\nBALLAST_SOURCE=files:{stolen}\nBALLAST_HOME={stolen}\n"
    )
    return folder


def untouched(folder):
    return not (folder / "ran").exists() and not (folder / "stolen").exists()


def launched(home, folder, port):
    """Started with what may be set for another Prefect, and a proxy that nothing on this machine may use."""
    output = folder / "up.txt"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            command(home, port),
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PYTHONSAFEPATH": "1",  # as the installed script: -c has the current folder first
                "HTTP_PROXY": "http://127.0.0.1:9",
                "PREFECT_SERVER_API_AUTH_STRING": "mine:own",
                "PREFECT_API_AUTH_STRING": "mine:own",
                "PREFECT_API_KEY": "mine",
            },
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + PATIENCE
    while "Ballast is up" not in output.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            pytest.fail(f"ballast up did not start:\n{output.read_text()}")
        time.sleep(0.2)
    return Up(home, process, f"http://127.0.0.1:{port}/api", output)


def stopped(running):
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(60)


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    folder = booby_trapped(tmp_path_factory.mktemp("up"))
    running = launched(folder / "home", folder, free_port())
    yield running
    stopped(running)


@pytest.fixture(scope="module")
def finished(up, book):
    """A run of the daily deployment with its parameters, as the form sends them."""
    return up.finished(up.start(**book))


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
    assert fields["notify"]["type"] == "boolean"
    assert all(field["description"] for field in fields.values())
    assert "start" in up.deployment("backfill")["parameter_openapi_schema"]["required"]


def test_a_run_with_another_portfolio_and_session_shows_digest_trades_and_checks(up, finished):
    assert finished["state_type"] == "COMPLETED", finished["state"]["message"]
    artifacts = {row["key"]: row for row in up.artifacts(finished["id"])}
    assert set(artifacts) == {f"daily-two-funds-{name}" for name in ("digest", "trades", "checks", "drift")}
    assert SESSION.isoformat() in artifacts["daily-two-funds-digest"]["data"]
    orders = [row["order"] for row in json.loads(artifacts["daily-two-funds-trades"]["data"])]
    assert [order.split()[0] for order in orders] == ["SELL", "BUY"]


def test_a_prefect_variable_is_the_kill_switch_of_all_or_of_one_portfolio(up):
    with temporary_settings({PREFECT_API_URL: up.api, PREFECT_API_AUTH_STRING: secret.read(up.home)}):
        assert kill_switch("Two & Co") is None
        for name, value in (("two___co", "the custodian is changed"), ("core", "off")):
            Variable.set(f"ballast_kill_switch_{name}", value)
        try:
            assert kill_switch("Two & Co") == (
                "Prefect variable ballast_kill_switch_two___co: the custodian is changed"
            )
            assert kill_switch("core") is kill_switch("three") is None
            Variable.set("ballast_kill_switch", "war")
            assert kill_switch("core") == kill_switch("three") == "Prefect variable ballast_kill_switch: war"
        finally:
            for name in ("", "_two___co", "_core"):
                Variable.unset(f"ballast_kill_switch{name}")


def test_a_mistake_in_the_form_fails_the_run_in_one_sentence(up):
    row = up.finished(up.start(portfolio="no-such-portfolio", notify=False))
    assert row["state_type"] == "FAILED"
    assert "no-such-portfolio" in row["state"]["message"]
    assert "\n" not in row["state"]["message"]
    up.left(row["id"])
    assert "Traceback" not in "".join([*up.logs(row["id"]), up.log("worker")])


@contextmanager
def working_in(up, home, **settings):
    """This process works for the server in another HOME, as the worker's does."""
    known = {PREFECT_API_URL: up.api, PREFECT_API_AUTH_STRING: secret.read(up.home)}
    with pytest.MonkeyPatch.context() as patched, temporary_settings(known):
        for name, value in ({"HOME": str(home)} | settings).items():
            patched.setenv(f"BALLAST_{name}", value)
        with get_client(sync_client=True) as client:
            yield client


def children_of(up, run):
    """The flow runs below a run that have begun, the newest first, by the portfolio's name.

    One more stays in Pending where Prefect's client repeats a creation whose answer was late.
    """
    rows = up.post(
        "flow_runs/filter",
        flow_runs={"parent_flow_run_id": {"any_": [str(run)]}},
        sort="EXPECTED_START_TIME_DESC",
    )
    found = {}
    for row in rows:
        if row["state_type"] != "PENDING":
            found.setdefault(row["name"].split()[0], []).append(row)
    return found


def worked(up, home, slack, **parameters):
    """What the worker's process does with a run, here, in another HOME; the run as the server has it then."""
    with working_in(up, home, SLACK_URL=slack.url, SLACK_TOKEN=TOKEN) as client:
        run = client.create_flow_run(daily, parameters=parameters)
        with pytest.raises(RunFailedError):
            run_flow(daily, flow_run=run, error_logger=flow_run_logger(run))
        APILogHandler().flush()
        return client.read_flow_run(run.id)


def test_a_refused_file_is_a_failed_run_with_a_report_a_page_and_a_message(up, tmp_path):
    """With the parameters of the schedule, which is for all portfolios."""
    home = tmp_path / "home"
    (home / "portfolios").mkdir(parents=True)
    (home / "portfolios" / "torn.toml").write_text(
        'name = "torn"\n[slack]\nchannel = "#portfolio-core"\n[[target]\n'
    )
    with SlackStandIn(tmp_path / "slack.db") as slack:
        run = worked(up, home, slack, **up.deployment("daily")["parameters"])
        [message] = slack.messages()
    [file] = (home / "reports").glob("*.json")
    report = json.loads(file.read_text())
    assert (run.state_type, run.state.message) == (StateType.FAILED, report["error"])
    assert "torn.toml" in report["error"]
    assert "\n" not in report["error"]
    assert (report["status"], message["channel"]) == ("failed", "#portfolio-core")
    [[child]] = children_of(up, run.id).values()
    assert (child["name"], child["state_type"]) == ("torn latest", "FAILED")
    [page] = up.artifacts(child["id"])
    assert (page["key"], "torn.toml" in page["data"]) == ("daily-torn-digest", True)
    said = up.logs(str(run.id))
    assert any("Finished in state Failed" in line for line in said)
    assert "Traceback" not in "".join(said)


@pytest.fixture
def four(tmp_path):
    """A HOME of four portfolios: two are good, the holdings of one are late, the file of one is torn."""
    desk = Book(tmp_path)
    folder = desk.home / "portfolios"
    folder.mkdir(parents=True)
    for name in ("one", "other", "late", "torn"):
        file = desk.portfolio(name=name)
        shutil.copy(file, folder)
        shutil.copy(file.with_suffix(".csv"), folder)
    (folder / "late.csv").unlink()
    (folder / "torn.toml").write_text('name = "torn"\n[[target]\n')
    return desk


def arrives(file, desk):
    """Bring the holdings once the first try without them has been told."""
    deadline = time.monotonic() + PATIENCE
    while not list((desk.home / "reports").glob("*-late-*.json")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    shutil.copy(desk.folder / file.name, file)


def test_each_portfolio_of_a_day_is_a_flow_run_with_its_own_state_pages_and_retry(up, four, monkeypatch):
    """The day is begun again, as by Retry in the pages, once the torn file is mended."""
    monkeypatch.setattr(flows.daily, "AGAIN", 1.0)
    late = four.home / "portfolios" / "late.csv"
    frame = made_market(MADE | {"SPY": 500.0})
    with Yahoo() as yahoo:
        for symbol in (*MADE, "SPY"):
            rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
            yahoo.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False))
        asked = {"SOURCE": "yfinance", "YAHOO_URL": yahoo.address, "YAHOO_BUDGET": "none", "SLACK_TOKEN": ""}
        with working_in(up, four.home, **asked, RETRIES="1") as client:
            day = {"portfolio": "all", "session": MADE_ON.isoformat(), "notify": False}
            run = client.create_flow_run(daily, parameters=day)
            bringing = threading.Thread(target=arrives, args=(late, four))
            bringing.start()
            with pytest.raises(RunFailedError) as failed:
                run_flow(daily, flow_run=run)
            bringing.join()
            first = children_of(up, run.id)
            states = {name: [row["state_type"] for row in rows] for name, rows in first.items()}
            assert states == {
                "one": ["COMPLETED"], "other": ["COMPLETED"],
                "late": ["COMPLETED", "FAILED"], "torn": ["FAILED", "FAILED"],
            }  # fmt: skip
            assert "torn.toml" in client.read_flow_run(run.id).state.message
            assert [one.portfolio for one in failed.value.outcomes if one.error] == ["torn"]
            pages = {row["key"] for row in up.artifacts(first["one"][0]["id"])}
            assert pages == {f"daily-one-{name}" for name in ("digest", "trades", "checks", "drift")}
            assert up.artifacts(str(run.id)) == []
            # Two shared a delivery; the one whose holdings were late fetched for itself.
            assert {symbol: yahoo.charts_asked(symbol) for symbol in MADE} == dict.fromkeys(MADE, 2)

            shutil.copy(four.folder / "torn.toml", four.home / "portfolios")
            client.set_flow_run_state(run.id, AwaitingRetry(), force=True)
            reports = run_flow(daily, flow_run=client.read_flow_run(run.id))
            assert {report.portfolio: report.status for report in reports} == dict.fromkeys(
                ("late", "one", "other", "torn"), "recommended"
            )
            assert {symbol: yahoo.charts_asked(symbol) for symbol in MADE} == dict.fromkeys(MADE, 3)
            again = children_of(up, run.id)
            assert {name: len(rows) for name, rows in again.items()} == {
                "one": 2, "other": 2, "late": 3, "torn": 3
            }  # fmt: skip
    with duckdb.connect(str(four.home / "published" / "warehouse.duckdb"), read_only=True) as db:
        kept = db.execute("select portfolio, count(*) from runs where flow = 'daily' group by 1 order by 1")
        # A refused run is one of its own; every other one was begun again.
        assert kept.fetchall() == [("late", 2), ("one", 1), ("other", 1), ("torn", 2)]


@pytest.mark.long
def test_portfolios_may_run_in_processes(up, four):
    shutil.copy(four.folder / "late.csv", four.home / "portfolios")
    shutil.copy(four.folder / "torn.toml", four.home / "portfolios")
    source = four.prices(made_market())
    with working_in(up, four.home, SLACK_TOKEN="", TASK_RUNNER="processes", WORKERS="2") as client:
        day = {"portfolio": "all", "session": MADE_ON.isoformat(), "source": source, "notify": False}
        run = client.create_flow_run(daily, parameters=day)
        reports = run_flow(daily, flow_run=run)
    assert [report.portfolio for report in reports] == ["late", "one", "other", "torn"]
    assert {rows[0]["state_type"] for rows in children_of(up, run.id).values()} == {"COMPLETED"}


def test_a_scheduled_run_on_a_holiday_ends_at_once_and_says_so(up):
    scheduled = up.home / "portfolios" / "two-funds.toml"
    scheduled.parent.mkdir(mode=0o700)
    scheduled.write_text(PORTFOLIO)
    (scheduled.parent / "holdings.csv").write_text("symbol,quantity\nAAA,900\nBBB,100\n")
    christmas = {"start_time": "2025-12-25T12:00:00Z", "end_time": "2025-12-26T12:00:00Z"}
    number = up.deployment("daily")["id"]
    up.post(f"deployments/{number}/schedule", **christmas, min_runs=1, max_runs=1)
    (planned,) = up.post(
        "flow_runs/filter", flow_runs={"expected_start_time": {"before_": "2025-12-26T12:00:00Z"}}
    )
    row = up.finished(planned["id"])
    assert (row["state_type"], row["state_name"]) == ("COMPLETED", "Holiday")
    assert "2025-12-25" in row["state"]["message"]
    shutil.rmtree(scheduled.parent)


def test_who_does_not_know_the_secret_is_refused(up, finished):
    run = f"{up.api}/flow_runs/{finished['id']}"
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


def logged_in(page, pages, password):
    """Log in as a person does."""
    page.open(pages, "Login")
    page.type(password)
    page.click("Login", "//button")
    page.wait_for("Dashboard", "Deployments")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_pages_work_in_a_browser_and_call_no_other_host(up, finished):
    pages = up.api.removesuffix("/api")
    with browser() as page:
        logged_in(page, pages, secret.read(up.home))
        page.open(
            f"{pages}/deployments/deployment/{up.deployment('daily')['id']}/run", "portfolio", "session"
        )
        page.open(f"{pages}/runs/flow-run/{finished['id']}", "Completed", "Artifacts")
        page.click("Artifacts")
        page.wait_for("daily-two-funds-digest", "daily-two-funds-trades", "daily-two-funds-checks")
        hosts = {urlsplit(url).netloc for url in page.requested if url.startswith(("http", "ws"))}
    assert hosts == {urlsplit(pages).netloc}


def test_a_second_up_names_the_first(up):
    second = subprocess.run(
        command(up.home, free_port()), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode == 2
    assert f"process {up.process.pid} at {up.api.removesuffix('/api')}" in second.stderr


def test_a_schedule_is_switched_off_in_the_pages(up):
    """What the pages do; the last test looks whether it stays so."""
    found = up.deployment("daily")
    schedule = f"{up.api}/deployments/{found['id']}/schedules/{found['schedules'][0]['id']}"
    httpx.patch(schedule, json={"active": False}, auth=up.known, timeout=30).raise_for_status()
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
def test_the_next_up_clears_the_queue_and_keeps_what_was_switched_off_until_a_child_dies(up, tmp_path):
    """After the tests above, in the same HOME. A child that dies is named, and the rest is stopped."""
    again = launched(up.home, tmp_path, free_port())
    open_runs = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
    assert again.post("flow_runs/filter", flow_runs=open_runs) == []
    assert not again.deployment("daily")["schedules"][0]["active"]
    assert "no schedule is switched on" in again.output.read_text()
    (worker,) = (pid for pid, line in family(up.home).items() if "worker start" in line)
    os.kill(worker, signal.SIGKILL)
    assert again.process.wait(60) == 1
    assert "The worker was ended by SIGKILL. The end of its log" in again.output.read_text()
    assert family(up.home) == {}
