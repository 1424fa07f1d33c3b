"""The daily run on 21 symbols, against the same steps called bare."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import _market
from benchmarks._sheet import Sheet
from benchmarks._timing import Case, Timings, processor, table, take_turns
from config import environment, settings
from config.calendars import Calendar
from flows import clock
from flows.day import run_day
from flows.up import secret
from flows.up.instance import ROOT, Site
from flows.up.processes import running, wait_until
from flows.up.server import HOST
from quant.market.adjust import build, derive_distributions
from tasks.context.context import Context
from tasks.day.check_risk import decided
from tasks.day.measure import measured
from tasks.ingest.depth import HISTORY
from tasks.run.plan import Asked, plan
from tasks.snapshot.between_steps import Known
from tasks.snapshot.panels import panel_digest
from tasks.snapshot.snapshot import Snapshot, load_snapshot

PAGE = "benchmarks.md"
SESSION, BEFORE = date(2015, 8, 24), date(2015, 8, 21)
ROUNDS = 5
SYMBOLS = 21
BARE, STEPS, NEXT, COMMAND, IMPORTS, PREFECT = (
    "bare",
    "steps, in a process that is warm",
    "the same in a HOME that has run the session before",
    "command `ballast daily`, a fresh process",
    "fresh process that only imports what the command does",
    "flow `daily` against a running Prefect server",
)
ABOUT = f"""One day: fetch {HISTORY} sessions from a file, check, store, measure, propose, check the risk
and write the preview of the message. Every case decides on the same numbers and starts in an empty folder,
but for one: it copies a HOME in which the session before was run, as on any day but the first.

*Bare* reads the file with pyarrow, inserts it into DuckDB, loads the panel, and calls the same functions to
measure, propose and decide. It has no suites, versions, ledger, messages or copy for readers. Seconds are
processor time of the process and its children; the Prefect server's is not in them."""
PRICES = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Desk:
    """What every case works on: the portfolio file, the prices, and what one run of them knew."""

    portfolio: Path
    prices: Path
    snapshot: Snapshot

    @property
    def source(self) -> str:
        return f"files:{self.prices}"


def measure(*, quick: bool) -> Sheet:
    """One day in an empty HOME each time; the digest of the panel proves that all see the same market."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        desk = _desk(Path(folder))
        older = Path(folder) / "older"
        _steps(older, desk, BEFORE)
        with _prefect_server(Path(folder)):
            timings = take_turns(_cases(desk, older), 1 if quick else ROUNDS, processor)
    return Sheet(
        f"The daily run on {SYMBOLS} symbols",
        [
            ABOUT,
            table(timings, BARE),
            (
                f"Imports are {_share(timings, IMPORTS, COMMAND):.0%} of the command's time. It takes "
                f"{_together(timings):.2f} times as long as its imports and a warm day together."
            ),
        ],
    )


def _cases(desk: Desk, older: Path) -> dict[str, Case]:
    return {
        BARE: lambda folder: bare(folder, desk),
        STEPS: lambda folder: _steps(folder, desk),
        NEXT: lambda folder: _next(folder, desk, older),
        COMMAND: lambda folder: _command(folder, desk),
        IMPORTS: lambda _: _python("import flows.commands.cli, expectations.run"),
        PREFECT: lambda folder: _flow(folder, desk),
    }


def _together(timings: Timings) -> float:
    """How many times as long the command takes as what it consists of."""
    command, imports, day = (median(run.seconds for run in timings[one]) for one in (COMMAND, IMPORTS, STEPS))
    return command / (imports + day)


def _share(timings: Timings, part: str, whole: str) -> float:
    return median(run.seconds for run in timings[part]) / median(run.seconds for run in timings[whole])


def _desk(folder: Path) -> Desk:
    """The real funds where they lie beside the project, else a generated file of the same shape."""
    shared = Path(os.environ.get("BALLAST_TEST_DATA", ROOT.parent / "shared" / "data")) / "etf_daily.parquet"
    prices = shared if shared.is_file() else _generated(folder)
    symbols = sorted(pq.read_table(prices, columns=["symbol"])["symbol"].unique().to_pylist())
    return desk_of(folder, prices, symbols)


def desk_of(folder: Path, prices: Path, symbols: list[str]) -> Desk:
    """A portfolio of `symbols` in `folder`, and what a first run of it knew."""
    portfolio = equal_portfolio(folder, symbols)
    context = context_of(folder / "first")
    report = run_day(context, plan(context, Asked(str(portfolio), SESSION, f"files:{prices}")))
    return Desk(portfolio, prices, context.warehouse.read(lambda db: load_snapshot(db, report.run_id)))


def _generated(folder: Path) -> Path:
    sessions = np.array(Calendar("XNYS").sessions(date(1993, 1, 29), date(2017, 1, 3)), dtype="datetime64[D]")
    bars = _market.generate([f"FUND{number:02d}" for number in range(SYMBOLS)], sessions, seed=1).bars
    pq.write_table(bars.append_column("adj_close", bars["close"]), folder / "prices.parquet")
    return folder / "prices.parquet"


def equal_portfolio(folder: Path, symbols: list[str]) -> Path:
    """Equal targets, holdings that are not equal in value."""
    share = round(1 / len(symbols), 6)
    weights = [*[share] * (len(symbols) - 1), round(1 - share * (len(symbols) - 1), 6)]
    targets = "".join(
        f'[[target]]\nsymbol = "{symbol}"\nasset_class = "class{number % 4}"\nweight = {weight}\n'
        for number, (symbol, weight) in enumerate(zip(symbols, weights, strict=True))
    )
    limits = {
        "max_weight": 0.5,
        "max_turnover": 0.5,
        "var_95": 0.05,
        "max_drawdown": 0.5,
        "price_collar": 0.1,
    }
    risk = "[risk]\n" + "".join(f"{name} = {limit}\n" for name, limit in limits.items())
    head = f'name = "bench"\nbenchmark = "{symbols[0]}"\nholdings = "bench.csv"\ncash = 50000.0\n'
    (folder / "bench.toml").write_text(head + targets + risk)
    rows = [f"{symbol},{100 + 40 * number}" for number, symbol in enumerate(symbols)]
    (folder / "bench.csv").write_text("\n".join(["symbol,quantity", *rows]) + "\n")
    return folder / "bench.toml"


def context_of(home: Path) -> Context:
    return Context(settings.load(home), clock.now, clock.sleep, "benchmark")


def bare(folder: Path, desk: Desk) -> None:
    panel = desk.snapshot.panel
    oldest = SESSION - timedelta(days=int(HISTORY * 1.5))
    rows = pq.read_table(desk.prices, filters=[("session", ">=", oldest), ("session", "<=", SESSION)])
    with duckdb.connect(str(folder / "bare.duckdb")) as connection:
        connection.register("incoming", rows)
        days, funds = (np.arange(count) for count in panel.close.shape)
        connection.register("sessions", pa.table({"session": panel.sessions, "row": days}))
        connection.register("symbols", pa.table({"symbol": panel.symbols, "column": funds}))
        connection.execute("create table bars as from incoming")
        found = connection.execute(
            f'select "row", "column", {", ".join(PRICES)}, adj_close '
            "from bars join sessions using (session) join symbols using (symbol)"
        ).fetchnumpy()
    grids = {name: np.full(panel.close.shape, np.nan) for name in (*PRICES, "adj_close")}
    for name, grid in grids.items():
        grid[found["row"], found["column"]] = found[name]
    adjusted = grids.pop("adj_close")
    paid = derive_distributions(grids["close"], adjusted)
    snapshot = replace(
        desk.snapshot,
        panel=build(panel.sessions, panel.symbols, **grids, splits=np.ones(paid.shape), distributions=paid),
    )
    assert measured(snapshot).facts.panel_digest == panel_digest(panel), "the bare run sees another market"
    decided(Known(snapshot))


def _steps(folder: Path, desk: Desk, session: date = SESSION) -> None:
    context = context_of(folder)
    require(run_day(context, plan(context, Asked(str(desk.portfolio), session, desk.source))).status)


def _next(folder: Path, desk: Desk, older: Path) -> None:
    shutil.copytree(older, folder, dirs_exist_ok=True)
    _steps(folder, desk)


def _command(folder: Path, desk: Desk) -> None:
    asked = ["--portfolio", str(desk.portfolio), "--session", str(SESSION), "--source", desk.source]
    _python(
        "import sys; from flows.commands.cli import main; main()",
        "daily",
        *asked,
        "--home",
        str(folder),
        "--json",
    )


def _python(script: str, *arguments: str) -> None:
    """A fresh interpreter that finds the project's byte code, as an installed one does."""
    surroundings = environment.child_environment(PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="")
    command = [sys.executable, "-c", script, *arguments]
    subprocess.run(command, env=surroundings, check=True, capture_output=True)


def _flow(folder: Path, desk: Desk) -> None:
    from flows.daily import daily  # noqa: PLC0415 - reads the server's address when it is imported

    environment.extend(BALLAST_HOME=str(folder))
    report: Any = daily(str(desk.portfolio), SESSION, desk.source)
    require(report.status)


def require(status: str) -> None:
    assert status != "failed", "the run failed, so its time means nothing"


@contextmanager
def _prefect_server(folder: Path) -> Iterator[None]:
    """A Prefect server of its own for as long as the block runs; this process's flows report to it."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    site = Site(folder, port)
    site.log("server").parent.mkdir(parents=True)
    secret.ensure(folder)
    surroundings = site.environment()
    with running(
        "The Prefect server", "flows.up.served.guard", str(port),
        environment=surroundings, folder=folder, log=site.log("server"),
    ) as server:  # fmt: skip
        wait_until(site.server.healthy, [server], 120)
        prefect = {name: value for name, value in surroundings.items() if name.startswith("PREFECT_")}
        environment.extend(**prefect, PREFECT_LOGGING_LEVEL="WARNING", DO_NOT_TRACK="1")
        yield
