"""No secret is anywhere that somebody else may read, whatever has failed: files of HOME, output, `ps`.

Each secret is planted in HOME/.env, in a form of which nothing else is made. Then everything is searched:
every file of HOME as bytes, every table of every DuckDB and SQLite file, what commands have printed, and the
arguments of every process, which are looked at while they run.
"""

import base64
import contextlib
import shutil
import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from flows.up import secret
from tests.e2e.desk import PORTFOLIO, Desk
from tests.e2e.up import SESSION, free_port, launched, stopped
from tests.standins.smtp import SmtpStandIn
from tests.standins.tiingo import Fault, Tiingo
from tests.standins.webhook import WebhookStandIn
from warehouse.duckdb_file.backend import DuckDBFile

PLANTED = {
    "SLACK_TOKEN": "xoxb-planted-bot-7Qm2",
    "SLACK_APP_TOKEN": "xapp-planted-app-8Rn3",
    "SMTP_PASSWORD": "planted-mail-9So4",
    "WEBHOOK_SECRET": "whsec_" + base64.b64encode(b"planted-webhook-secret-0Tp5-Uq6V").decode(),
    "TIINGO_TOKEN": "plantedtiingo1Vr6",
}
USER = "desk"
KEPT = {".env", "prefect/secret"}
"""The files in which secrets are meant to be; only their owner reads them."""


def forms(value):
    """A secret as it is, and as it would be sent."""
    raw = value.encode()
    login = base64.b64encode(f"\0{USER}\0{value}".encode())
    key = base64.b64decode(value[6:]) if value.startswith("whsec_") else raw
    return {raw, key, base64.b64encode(raw), base64.b64encode(raw).rstrip(b"="), login, quote(value).encode()}


class Watched:
    """A HOME with planted secrets, and all that its commands have printed or were started with."""

    def __init__(self, desk, **settings):
        self.desk, self.printed, self.arguments = desk, [], set()
        desk.home.mkdir(parents=True)
        lines = {**settings, **PLANTED, "SMTP_USER": USER}
        written = "".join(f"BALLAST_{name}={value}\n" for name, value in lines.items())
        (desk.home / ".env").write_text(written)
        (desk.home / ".env").chmod(0o600)
        self.needles = {name: forms(value) for name, value in PLANTED.items()}

    def knows(self, name, value):
        self.needles[name] = forms(value)

    @contextlib.contextmanager
    def processes(self):
        """Look at the arguments of all processes meanwhile."""
        done = threading.Event()

        def look():
            while not done.is_set():
                for file in Path("/proc").glob("[0-9]*/cmdline"):
                    with contextlib.suppress(OSError):
                        self.arguments.add(file.read_bytes())
                done.wait(0.05)

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield
        finally:
            done.set()
            looking.join()

    def run(self, *arguments, code=None):
        """A command, which ends with this exit code where one is asked for."""
        with self.processes():
            done = self.desk.run(*arguments)
        assert code in {None, done.code}, (arguments, done.out, done.err)
        self.printed += [done.out.encode(), done.err.encode()]
        return done

    def found(self):
        """Where which secret was found."""
        places = {f"output {at}": text for at, text in enumerate(self.printed)}
        places["ps"] = b"\n".join(self.arguments)
        for file in self.desk.home.rglob("*"):
            name = str(file.relative_to(self.desk.home))
            if file.is_file() and name not in KEPT:
                places[name] = file.read_bytes() + cells(file)
        return [
            (name, place)
            for place, content in places.items()
            for name, needles in self.needles.items()
            if any(needle in content for needle in needles)
        ]


def cells(file):
    """Every cell of a database, which may be packed in the file."""
    if file.suffix == ".duckdb":
        with duckdb.connect(str(file), read_only=True) as db:
            tables = db.execute("select table_schema, table_name from information_schema.tables").fetchall()
            rows = [db.execute(f'select * from "{schema}"."{table}"').fetchall() for schema, table in tables]
    elif file.suffix == ".db":
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            tables = db.execute("select name from sqlite_master where type = 'table'").fetchall()
            rows = [db.execute(f'select * from "{table}"').fetchall() for (table,) in tables]
    else:
        return b""
    return repr(rows).encode()


@pytest.fixture
def mail():
    """A mail server that refuses every login, and repeats in its answer what it was given."""
    with SmtpStandIn(login=(USER, "another")) as standin:
        standin.refuse["AUTH"] = f"535 no: {PLANTED['SMTP_PASSWORD']}"
        yield standin


@pytest.fixture
def hook():
    with WebhookStandIn() as standin:
        yield standin


@pytest.fixture
def tiingo():
    with Tiingo() as standin:
        yield standin


def channels(hook):
    return (
        PORTFOLIO
        + '[[channel]]\nnotifier = "email"\nto = "pm@example.org"\n'
        + f'[[channel]]\nnotifier = "webhook"\nurl = "{hook.url}"\n'
    )


@pytest.fixture
def watched(tmp_path, driver, slack, mail, hook, tiingo):
    """Slack refuses the token, the mail server the login, the receiver the signature."""
    addresses = {
        "SLACK_URL": slack.url, "SMTP_URL": mail.url, "SMTP_FROM": "ballast@example.org",
        "TIINGO_URL": tiingo.address, "TIINGO_BUDGET": "none", "COOL_DOWN": "1",
        "OPERATOR_CHANNEL": "#portfolio-demo",
    }  # fmt: skip
    return Watched(Desk(tmp_path, driver), **addresses)


def told(watched, hook):
    """A day whose messages are all refused; its file and its prices."""
    file = watched.desk.portfolio(text=channels(hook))
    prices = watched.desk.prices()
    asked = ("--portfolio", str(file), "--session", str(SESSION), "--source", f"files:{prices}")
    watched.run("daily", *asked, code=0)
    return asked


@pytest.mark.long
def test_no_secret_is_told_where_every_channel_refuses_and_a_step_crashes(watched, hook):
    asked = told(watched, hook)
    listed = watched.run("notices", "list", code=0).out
    assert ("invalid_auth" in listed, "535" in listed, "401" in listed) == (True, True, True)
    DuckDBFile(watched.desk.home).transact(lambda db: db.connection.execute("drop table drift"))
    watched.run("daily", *asked, code=1)
    assert watched.found() == []
    (watched.desk.home / "reports" / "control").write_text(PLANTED["SMTP_PASSWORD"])
    assert watched.found() == [("SMTP_PASSWORD", "reports/control")]  # the search finds what is there


@pytest.mark.long
def test_no_secret_is_told_whatever_a_vendor_or_a_person_does(watched, hook, tiingo):
    file = Path(told(watched, hook)[1])
    for fault in (Fault(401, "no"), Fault(403, PLANTED["TIINGO_TOKEN"]), "error", "html", "dropped"):
        for symbol in ("AAA", "BBB"):
            tiingo.fail(symbol, fault)
        asked = ("--portfolio", str(file), "--session", str(SESSION), "--source", "tiingo", "--json")
        said = watched.run("daily", *asked).report
        assert {one["symbol"] for one in said["data"]["errors"]} == {"AAA", "BBB"}
        assert watched.found() == []
    watched.run("doctor", "--portfolio", str(file))
    watched.run("show", "latest", "--full", code=0)
    watched.run("backup", code=0)
    file.write_text(file.read_text().replace("weight = 0.6", "wieght = 0.6"))
    watched.run("daily", "--portfolio", str(file), code=2)
    (watched.desk.home / ".env").write_text(
        (watched.desk.home / ".env").read_text().replace("whsec_", "whsec-").replace("xoxb-", "xoxb ")
    )
    for command in (("doctor",), ("listen",), ("notices", "list")):
        watched.run(*command)
    assert watched.found() == []


@pytest.mark.long
def test_no_secret_is_told_by_prefect_its_pages_and_its_processes(watched, hook, tmp_path):
    desk = watched.desk
    desk.portfolio(text=channels(hook))
    (desk.home / "portfolios").mkdir()
    for name in ("two-funds.toml", "holdings.csv"):
        shutil.move(tmp_path / name, desk.home / "portfolios" / name)
    (desk.home / "portfolios" / "torn.toml").write_text('name = "torn"\n[[target]\n')
    with watched.processes():
        up = launched(desk.home, tmp_path, free_port())
        try:
            watched.knows("PAGES", secret.read(desk.home).partition(":")[2])
            source = f"files:{desk.prices()}"
            for portfolio in ("all", "no-such"):
                up.finished(up.start(portfolio=portfolio, session=str(SESSION), source=source))
            number = up.deployment("deliver")["id"]
            up.finished(up.post(f"deployments/{number}/create_flow_run", parameters={})["id"])
            watched.printed += [
                repr(up.post(f"{kind}/filter", limit=200)).encode()
                for kind in ("artifacts", "logs", "flow_runs", "block_documents")
            ]
        finally:
            stopped(up)
    watched.printed.append(up.output.read_bytes())
    assert watched.found() == []
