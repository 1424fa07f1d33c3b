"""The real yfinance client against a local server that fails in every way.

The client names most failures alike; the answers tell them apart.
"""

import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.context.patience import Patience
from tasks.sources import Request
from tasks.sources.yfinance import fetch
from tests.conftest import ROOT
from tests.standins.yahoo import Fault
from tests.tasks.sources.yahoo import END, QUICK, SPLIT, ask

UNKNOWN_REASON = Fault(400, '{"chart":{"result":null,"error":{"code":"Bad","description":"Invalid input"}}}')


@pytest.mark.parametrize(
    ("fault", "kind", "asked_again"),
    [
        ("delisted", "delisted", False),
        ("no_data", "empty", False),
        ("empty", "empty", False),
        ("rate_limited", "rate_limited", True),
        ("retry_late", "rate_limited", False),
        ("error", "outage", True),
        ("down", "outage", True),
        ("cut", "outage", True),
        ("dropped", "outage", True),
        (Fault(delay=2.0), "outage", True),
        ("garbage", "not_understood", False),
        ("weird", "not_understood", False),
        ("html", "not_understood", False),
        ("truncated", "not_understood", False),
        (UNKNOWN_REASON, "not_understood", False),
    ],
)
def test_failures_are_told_apart_and_stay_with_their_symbol(yahoo, fault, kind, asked_again):
    for symbol in ("GOOD", "BAD", "FINE"):
        yahoo.serve(symbol, SPLIT)
    yahoo.fail("BAD", fault)
    delivery = ask(yahoo, "GOOD", "BAD", "FINE")
    assert [(error.symbol, error.kind) for error in delivery.errors] == [("BAD", kind)]
    assert delivery.bars["symbol"].unique().to_pylist() == ["GOOD", "FINE"]
    zone_questions = [path for path in yahoo.asked if "/BAD?range=1d" in path]
    # One try asks once, or twice where the client changes its cookie after an error.
    assert (len(zone_questions) >= QUICK.tries) == asked_again


@pytest.mark.parametrize("fault", ["error", "rate_limited", "retry_soon", "dropped", "cut"])
def test_what_passes_is_waited_for(yahoo, fault):
    yahoo.serve("SPY", SPLIT)
    yahoo.fail("SPY", fault, times=2)  # the first try: its question, and the client's own second one
    delivery = ask(yahoo, "SPY")
    assert delivery.errors == ()
    assert delivery.bars.num_rows == SPLIT.num_rows


def test_a_crumb_that_is_refused_costs_nothing(yahoo):
    yahoo.serve("SPY", SPLIT)
    yahoo.fail("crumb", "rate_limited")
    assert ask(yahoo, "SPY").errors == ()


def test_a_full_outage_ends_soon_and_explains_itself(yahoo):
    symbols = [f"S{number}" for number in range(21)]
    yahoo.fail("*", Fault(delay=30.0))
    told = []
    patience = Patience(first_wait=0.01, request=0.3, symbol=0.6, total=2.0)
    request = Request(
        tuple(symbols), None, END, yahoo.address, lambda *step: told.append(step), patience=patience
    )
    delivery = fetch(request)
    assert {error.kind for error in delivery.errors} == {"outage"}
    assert [error.symbol for error in delivery.errors] == symbols
    assert delivery.errors[-1].error.startswith("not asked: ")
    assert told == [(number, 21, symbol) for number, symbol in enumerate(symbols, start=1)]
    assert len(yahoo.asked) <= 2.0 / 0.3 + 2


def test_after_several_failures_in_a_row_each_symbol_is_asked_once(yahoo):
    bad = [f"B{number}" for number in range(5)]
    for symbol in bad:
        yahoo.fail(symbol, "dropped")
    yahoo.serve("GOOD", SPLIT)
    delivery = ask(yahoo, *bad, "GOOD")
    tries = [sum(f"/{symbol}?range" in path for path in yahoo.asked) for symbol in bad]
    assert tries[:3] == [tries[0]] * 3
    assert tries[0] == QUICK.tries * tries[3]
    assert tries[3] == tries[4]
    assert delivery.bars["symbol"].unique().to_pylist() == ["GOOD"]


def test_nothing_is_written_to_the_user_s_home(yahoo, tmp_path):
    yahoo.serve("SPY", SPLIT)
    code = (
        "from datetime import date; from tasks.sources import Request, resolve; "
        f"request = Request(('SPY',), None, date(2025, 1, 1), {yahoo.address!r}); "
        "print(resolve('yfinance').source.fetch(request).bars.num_rows)"
    )
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(SPLIT.num_rows)
    assert done.stderr == ""
    assert list(tmp_path.rglob("*")) == []


def test_the_server_also_runs_as_a_program(tmp_path):
    bars = SPLIT.append_column("symbol", pa.array(["SPY"] * SPLIT.num_rows))
    pq.write_table(bars, tmp_path / "bars.parquet")
    command = [sys.executable, "-m", "tests.standins.yahoo", "--bars", str(tmp_path / "bars.parquet")]
    with subprocess.Popen(
        [*command, "--fault", "BAD=error"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        address = server.stdout.readline().strip()
        delivery = fetch(Request(("SPY", "BAD"), None, END, address, patience=QUICK))
        server.terminate()
    assert delivery.bars["close"].to_pylist() == pytest.approx(SPLIT["close"].to_pylist())
    assert [error.kind for error in delivery.errors] == ["outage"]
