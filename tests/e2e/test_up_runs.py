"""Runs on a real `ballast up`: what the pages show of them. The tests in this file share one."""

import json
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import duckdb
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
import flows.runners
from flows.daily import RunFailedError, daily
from flows.kill_switch import kill_switch
from flows.up import secret
from quant.errors import BallastError
from tests.e2e.browser import CHROMIUM, browser
from tests.e2e.up import PATIENCE, PORTFOLIO, SESSION, logged_in
from tests.flows.test_site import free_port
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.yahoo import Yahoo
from tests.tasks.desk import CLOSES as MADE
from tests.tasks.desk import SESSION as MADE_ON
from tests.tasks.desk import Desk as Book
from tests.tasks.desk import market as made_market


@pytest.fixture(scope="module")
def finished(up, book):
    """A run of the daily deployment with its parameters, as the form sends them."""
    return up.finished(up.start(**book))


def test_a_run_with_another_portfolio_and_session_shows_digest_trades_and_checks(up, finished):
    assert finished["state_type"] == "COMPLETED", finished["state"]["message"]
    assert (finished["name"], finished["state_name"]) == (f"two {SESSION}", "Recommended")
    assert finished["state"]["message"].startswith("1 buy, 1 sell, ")
    steps = ["fetched", "stored", "measured", "proposed", "checked", "decided"]
    up.left(finished["id"])  # its last lines are sent when it ends
    said = [line.split(":")[0] for line in up.logs(finished["id"])]
    assert [word for word in said if word in steps] == steps
    artifacts = {row["key"]: row for row in up.artifacts(finished["id"])}
    assert set(artifacts) == {f"daily-two-funds-{name}" for name in ("digest", "trades", "checks", "drift")}
    assert SESSION.isoformat() in artifacts["daily-two-funds-digest"]["data"]
    orders = artifacts["daily-two-funds-trades"]["data"].splitlines()
    assert [order[:7] for order in orders] == ["- **SEL", "- **BUY"]


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
    assert (run.state_type, run.name) == (StateType.FAILED, f"all {report['session']}")
    assert run.state.message == f"1 of 1 failed: {report['error']}"
    assert "torn.toml" in report["error"]
    assert "\n" not in report["error"]
    assert (report["status"], message["channel"]) == ("failed", "#portfolio-core")
    [[child]] = children_of(up, run.id).values()
    assert (child["name"], child["state_type"]) == (f"torn {report['session']}", "FAILED")
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


@pytest.mark.long  # a request to Prefect's server is now and then answered after a minute only
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
            # Now and then a request to Prefect's server is answered only after its limit of a minute; the
            # portfolio is then begun again, and completes once more.
            states = {name: {row["state_type"] for row in rows} for name, rows in first.items()}
            assert states == {
                "one": {"COMPLETED"}, "other": {"COMPLETED"},
                "late": {"COMPLETED", "FAILED"}, "torn": {"FAILED"},
            }  # fmt: skip
            assert len(first["torn"]) == 2
            day_s_end = client.read_flow_run(run.id).state.message
            assert day_s_end.startswith("1 of 4 failed; 3 recommended: ")
            assert "torn.toml" in day_s_end
            assert [one.portfolio for one in failed.value.outcomes if one.error] == ["torn"]
            pages = {row["key"] for row in up.artifacts(first["one"][0]["id"])}
            assert pages == {f"daily-one-{name}" for name in ("digest", "trades", "checks", "drift")}
            assert up.artifacts(str(run.id)) == []
            # Two shared a delivery; the one whose holdings were late fetched for itself.
            assert {symbol: yahoo.charts_asked(symbol) for symbol in MADE} == dict.fromkeys(MADE, 2)

            shutil.copy(four.folder / "torn.toml", four.home / "portfolios")
            client.set_flow_run_state(run.id, AwaitingRetry(), force=True)
            reports = run_flow(daily, flow_run=client.read_flow_run(run.id))
            ended = client.read_flow_run(run.id)
            assert (ended.name, ended.state.message) == (f"all {MADE_ON}", "4 portfolios: 4 recommended")
            assert {report.portfolio: report.status for report in reports} == dict.fromkeys(
                ("late", "one", "other", "torn"), "recommended"
            )
            assert {symbol: yahoo.charts_asked(symbol) for symbol in MADE} == dict.fromkeys(MADE, 3)
            again = children_of(up, run.id)
            assert all(len(again[name]) > len(rows) for name, rows in first.items())
            assert {row["state_type"] for row in again["torn"]} == {"FAILED", "COMPLETED"}
    with duckdb.connect(str(four.home / "published" / "warehouse.duckdb"), read_only=True) as db:
        kept = db.execute("select portfolio, count(*) from runs where flow = 'daily' group by 1 order by 1")
        # A refused run is one of its own; every other one was begun again.
        assert kept.fetchall() == [("late", 2), ("one", 1), ("other", 1), ("torn", 2)]


@contextmanager
def scheduler(folder):
    """Dask's scheduler and four workers with this process's settings, by its own commands; its address."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    workers = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        address,
        "--nworkers",
        "4",
        "--nthreads",
        "1",
    ]
    workers += ["--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(folder)]
    with ExitStack() as ending:
        for each in ([*command, "--no-dashboard"], workers):
            started = subprocess.Popen(each, stderr=subprocess.DEVNULL)
            ending.callback(started.wait, PATIENCE)
            ending.callback(started.terminate)
        yield address


@pytest.mark.long
@pytest.mark.parametrize("runner", ["processes", "dask", "dask at an address"])
def test_portfolios_may_run_in_four_processes(up, four, runner, tmp_path):
    shutil.copy(four.folder / "late.csv", four.home / "portfolios")
    shutil.copy(four.folder / "torn.toml", four.home / "portfolios")
    source = four.prices(made_market())
    asked = {"SLACK_TOKEN": "", "TASK_RUNNER": runner.split()[0], "WORKERS": "4"}
    with working_in(up, four.home, **asked) as client, ExitStack() as rest:
        if runner == "dask at an address":
            rest.enter_context(pytest.MonkeyPatch.context()).setenv(
                "BALLAST_DASK_ADDRESS", rest.enter_context(scheduler(tmp_path))
            )
        day = {"portfolio": "all", "session": MADE_ON.isoformat(), "source": source, "notify": False}
        run = client.create_flow_run(daily, parameters=day)
        reports = run_flow(daily, flow_run=run)
    assert [report.portfolio for report in reports] == ["late", "one", "other", "torn"]
    below = children_of(up, run.id)
    assert {name: [row["state_type"] for row in rows] for name, rows in below.items()} == {
        name: ["COMPLETED"] for name in ("late", "one", "other", "torn")
    }
    with duckdb.connect(str(four.home / "published" / "warehouse.duckdb"), read_only=True) as db:
        [(owners,)] = db.execute("select count(distinct owner) from runs where flow = 'daily'").fetchall()
    assert owners > 1  # several processes had a part in it


def test_a_day_without_its_dask_scheduler_fails_in_one_sentence_before_anything_is_fetched(
    up, four, monkeypatch
):
    monkeypatch.setattr(flows.runners, "PATIENCE", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    with working_in(up, four.home, SLACK_TOKEN="", TASK_RUNNER="dask", DASK_ADDRESS=address) as client:
        day = {"portfolio": "all", "session": MADE_ON.isoformat(), "source": "bundled", "notify": False}
        run = client.create_flow_run(daily, parameters=day)
        with pytest.raises(BallastError, match="no Dask scheduler answers at"):
            run_flow(daily, flow_run=run)
        ended = client.read_flow_run(run.id)
    assert ended.state.message == (
        f"BALLAST_DASK_ADDRESS: no Dask scheduler answers at {address}: start it with `dask scheduler`, "
        "or unset that setting."
    )
    with duckdb.connect(str(four.home / "warehouse.duckdb"), read_only=True) as db:  # the operator is told
        assert db.execute("select count(*) from runs").fetchall() == [(0,)]


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


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_pages_work_in_a_browser_and_call_no_other_host(up, finished):
    pages = up.api.removesuffix("/api")
    with browser(height=1250) as page:  # of a list only what the window shows is drawn
        logged_in(page, pages, secret.read(up.home))
        page.open(
            f"{pages}/deployments/deployment/{up.deployment('daily')['id']}/run", "portfolio", "session"
        )
        page.open(f"{pages}/runs/flow-run/{finished['id']}", "Recommended", "Artifacts")
        page.click("Artifacts")
        page.wait_for("daily-two-funds-digest", "daily-two-funds-trades", "daily-two-funds-checks")
        hosts = {urlsplit(url).netloc for url in page.requested if url.startswith(("http", "ws"))}
    assert hosts == {urlsplit(pages).netloc}
