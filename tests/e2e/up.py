"""A running `ballast up`: started, asked over Prefect's REST API, looked at in a browser, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx
import pytest

from config.calendars import Calendar
from flows.up import secret
from flows.up.instance import recorded
from tests.conftest import ROOT

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
    log_in: str | None = None
    """Of a server that somebody else runs."""
    name: str = ""

    @property
    def known(self):
        """User and password, as the pages ask for them."""
        return tuple((self.log_in or secret.read(self.home)).split(":"))

    def asked(self, method, path, body=None):
        """Prefect's answer to a request that it does not refuse."""
        for pause in (0.5, 1, 2, 4, 0):  # 503: its database was busy; Prefect's own client asks again too
            answer = httpx.request(method, f"{self.api}/{path}", json=body, auth=self.known, timeout=30)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause)
        return answer.raise_for_status()

    def post(self, path, **body):
        return self.asked("POST", path, body).json()

    def deployment(self, name):
        full = f"{name}-{self.name}" if self.name else name
        (found,) = (row for row in self.post("deployments/filter") if row["name"] == full)
        return found

    def start(self, **parameters):
        number = self.deployment("daily")["id"]
        return self.post(f"deployments/{number}/create_flow_run", parameters=parameters)["id"]

    def finished(self, run):
        """The run, once it is in a final state."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            row = self.asked("GET", f"flow_runs/{run}").json()
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


def book(folder):
    """The parameters of a run: a portfolio far from its targets, and a year of steady prices for it."""
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
    """`ballast up`, also where the script of that name is not installed; no port: for another's server."""
    run = "from flows.commands.cli import main; main()"
    given = [] if port is None else ["--port", str(port)]
    return [sys.executable, "-c", run, "up", "--home", str(home), *given]


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


def launched(home, folder, port, *, watched=False, **variables):
    """Started with what may be set for another Prefect, and a proxy that nothing on this machine may use.

    Its crash watch is off but where it is `watched`: tests run at any time of day, also while an exchange
    trades.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not watched:
        rules = home / "alerts.toml"
        rules.touch(mode=0o600)
        rules.write_text("[watch]\nlive = false\n")
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
                **variables,
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
    api = variables.get("BALLAST_PREFECT_SERVER") or f"http://127.0.0.1:{port}/api"
    log_in = variables["PREFECT_API_AUTH_STRING"] if port is None else None
    name = recorded(home).name
    return Up(home, process, api, output, log_in, name)


def stopped(running):
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(60)


def logged_in(page, pages, password):
    """Log in as a person does."""
    page.open(pages, "Login")
    page.type(password)
    page.click("Login", "//button")
    page.wait_for("Dashboard", "Deployments")


def wait_for(condition, up):
    """Return once it holds, while `up` runs."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, up.output.read_text()
        assert up.process.poll() is None, up.output.read_text()
        time.sleep(0.2)


def started_again(home, old):
    """Whether a worker works that is not, or came after, the child that died."""
    return any("worker start" in line and pid != old for pid, line in family(home).items())
