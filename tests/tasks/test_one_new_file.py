"""A new plug-in of any kind is one new file: a day runs with it, and a run of before replays beside it.

Checks, triggers and scenarios: tests/tasks/test_definitions.py.
"""

import json
import sys
from dataclasses import replace
from importlib import reload

import pyarrow as pa
import pytest

from config import settings
from expectations import actions, bars, coverage
from expectations import run as validation
from flows.day import run_day
from quant import allocation, faults, signals, volatility
from quant.errors import InputError
from tasks import notifiers, sources
from tasks.record.replay import replay
from tasks.run.plan import Asked, plan
from tests.standins.tiingo import TOKEN, Tiingo
from tests.tasks.desk import CLOSES, SESSION, change, market, rules, sessions

SCRATCH = {
    signals: """
from dataclasses import dataclass
from quant.signals import Reading
@dataclass(frozen=True)
class Parameters:
    level: float = 0.5
def lookback(parameters):
    return 2
def compute(panel, parameters):
    return [Reading(symbol, parameters.level) for symbol in panel.symbols]
""",
    volatility: """
from dataclasses import dataclass
import numpy as np
@dataclass(frozen=True)
class Parameters:
    level: float = 0.25
def lookback(parameters):
    return 2
def window(parameters):
    return 1
def annualised(panel, parameters):
    return np.full(len(panel.symbols), parameters.level)
""",
    allocation: """
SETTINGS = {}
INVESTED = True
def window(policy):
    return 40
def weights(problem):
    return problem.strategic + [0.05, 0.0, -0.05]
""",
    faults: """
from quant.faults import Fault
KINDS = {"zz_kind": "found by a scratch rule"}
TABLE, EVERY = "bars", True
def find(series):
    return [Fault(0, "zz_kind", "bars", 1.0)] if series.close[0] == 20.25 else []
""",
    sources: """
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery
LOCATED, INTERVALS, VENDOR = False, ("1d",), None
FILE = Path(__file__).with_name("prices.parquet")
def begins(request):
    return None
def fetch(request):
    bars = pq.read_table(FILE).select(BARS.names).cast(BARS)
    return Delivery(bars, ACTIONS.empty_table(), ADJUSTED.empty_table(), (), "digest")
""",
    notifiers: """
from quant.policy.policy import Strict
from tasks.notifiers import Channel, Receipt
from tasks.notifiers.preview import placed, render
DELIVERED = "sent"
LOCAL = False
EDITS = False
THREADS = False
PACE = 0.0
HISTORY = True
SENT = []
class Options(Strict):
    where: str
def channels(settings, options):
    return [Channel(__name__.rpartition(".")[2], options.where, settings.home)]
def send(channel, notice, now):
    SENT.append(notice)
    return Receipt(message_ts=str(len(SENT)))
def find(channel, notice, since, known_id):
    return None
""",
}
NAME = "zz_scratch"
TABLES = f"""
[allocation]
model = '{NAME}'
tilt = 0.05
refit = 'daily'
[[channel]]
notifier = '{NAME}'
where = 'somewhere'
"""


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Put a file of each kind into a folder of its own beside the package's; what they are called."""

    def add(frame):
        for package, code in SCRATCH.items():
            folder = tmp_path / "scratch" / package.__name__
            folder.mkdir(parents=True)
            (folder / f"{NAME}.py").write_text(code)
            monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        frame.to_parquet(tmp_path / "scratch" / sources.__name__ / "prices.parquet", index=False)
        faults.rules.cache_clear()
        # A suite is made when its file is imported, and this process has imported it.
        suites = (reload(bars).SUITE, actions.SUITE, coverage.SUITE)
        monkeypatch.setattr(validation, "SUITES", suites)

    yield add
    monkeypatch.undo()  # before what is found is read anew
    for package in SCRATCH:
        sys.modules.pop(f"{package.__name__}.{NAME}", None)
    faults.rules.cache_clear()
    reload(bars)


def test_a_day_with_a_new_file_of_each_kind(desk, scratch):
    before = desk.day(market())
    frame = market({**CLOSES, "CCC": 20.0})
    frame = change(frame, "CCC", sessions(60)[0], open=20.25, close=20.25, high=20.5, low=20.125)
    scratch(frame)
    file = desk.portfolio(name="new", tables=TABLES)
    report = run_day(desk.context(), desk.order(file, NAME))
    assert {row.value for row in report.signals if row.signal == NAME} == {0.5}
    assert {row.annualised for row in report.volatility if row.estimator == NAME} == {0.25}
    assert report.allocation.model == NAME
    tilted = {row.symbol: round(row.target, 12) for row in report.allocation.weights}
    assert tilted == {"AAA": 0.55, "BBB": 0.3, "CCC": 0.15}
    assert rules(report) == [("CCC", str(sessions(60)[0]), "zz_kind")]
    assert report.data.source == NAME
    [sent] = sys.modules[f"{notifiers.__name__}.{NAME}"].SENT
    assert (sent.run_id, sent.kind, sent.channel) == (report.run_id, "digest", f"{NAME}:somewhere")
    kept = json.loads(desk.rows("run", run_id=report.run_id)[0]["definitions"])["plugins"]
    assert {NAME in kept[name] for name in ("signals", "volatility", "allocation", "faults")} == {True}
    assert [replay(desk.context(), one.run_id).difference for one in (before, report)] == [None, None]
    assert NAME not in {row.signal for row in before.signals}
    assert report.session == str(SESSION)


KEYED = """
from config.access import Vendor
from tasks.sources import tiingo
LOCATED, INTERVALS = False, ("1d",)
VENDOR = Vendor("zzkeyed", probe="SPY", account="your account (zzkeyed.example)", budget="2/hour")
begins, fetch = tiingo.begins, tiingo.fetch  # it speaks the same protocol
"""


@pytest.fixture
def keyed(tmp_path, monkeypatch):
    """A vendor that wants a token, as a file of its own, and the server behind it."""
    (tmp_path / "zz_keyed.py").write_text(KEYED)
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    with Tiingo() as server:
        for symbol, rows in market(CLOSES).groupby("symbol"):
            server.serve(symbol, pa.Table.from_pandas(rows.drop(columns="symbol"), preserve_index=False))
        monkeypatch.setenv("BALLAST_ZZKEYED_URL", server.address)
        yield server
    sys.modules.pop(f"{sources.__name__}.zz_keyed", None)


def test_a_vendor_that_wants_a_token_is_one_new_file(desk, keyed, monkeypatch):
    asked = Asked(str(desk.portfolio()), SESSION, "zz_keyed")

    def day():
        context = replace(desk.context(), settings=settings.load(desk.home))
        return run_day(context, plan(context, asked), notifying=False)

    for name, sentence in (
        ("ZZKEYED_TOKN", "BALLAST_ZZKEYED_TOKN is no setting of Zzkeyed: there are BALLAST_ZZKEYED_TOKEN,"),
        ("ZZKEYED_BUDGET", "BALLAST_ZZKEYED_BUDGET must be none, or look like"),
        ("SOURCE", "Zzkeyed wants a token: set BALLAST_ZZKEYED_TOKEN to that of your account (zzkeyed.ex"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(f"BALLAST_{name}", "zz_keyed")
            with pytest.raises(InputError) as refused:
                day()
        assert str(refused.value).startswith(sentence)
    assert (keyed.asked, (desk.home / "warehouse.duckdb").exists()) == ([], False)

    monkeypatch.setenv("BALLAST_ZZKEYED_TOKEN", TOKEN)
    report = day()
    assert [(error.symbol, error.kind) for error in report.data.errors] == [("CCC", "rate_limited")]
    assert "(BALLAST_ZZKEYED_BUDGET)" in report.data.errors[0].error
    assert len(keyed.asked) == 2  # what its file allows in an hour
    assert (report.data.source, report.data.stale) == ("zz_keyed", ["CCC"])
    assert replay(desk.context(), report.run_id).difference is None
    [(stored,)] = desk.sql("select settings from runs")
    assert json.loads(stored)["zzkeyed_url"] == keyed.address
    files = [file for file in desk.home.rglob("*") if file.is_file()]
    assert not [file for file in files if TOKEN.encode() in file.read_bytes()]
