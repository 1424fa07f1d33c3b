"""Warehouses that earlier versions of Ballast wrote, as the rows of their tables: they must replay for ever.

`python -m tests.tasks.recorded NAME` records one more with the code of the day. A file is never made again:
its use is that its numbers are those of its time. Everything in it is made up, from a seed.
"""

import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd

from flows.day import run_day
from quant.people import Actor
from tasks.data import quarantine
from tasks.decisions import overrides
from tasks.decisions.ruling import Wish
from tasks.fills import importing
from tasks.outbox import answered
from tasks.run.plan import Asked, plan
from tests.tasks import abroad
from tests.tasks.desk import CLOSES, EVENING, SESSION, Desk, change, crash, market, sessions
from warehouse.database.migrate import build, migrate, version_of

HERE = Path(__file__).parent
DESK = Path("/var/tmp/ballast-recorded")
"""Where the recorded runs had their files; nothing lies there any more."""
YEAR_AND_MORE = 300

COSTS = """
[costs]
commission_per_order = 1.0
commission_per_share = 0.01
commission_rate = 1.0
half_spread = 2.0
impact = 0.5
"""
TAX = "[tax]\nmethod = 'minimum_tax'\nshort_rate = 0.4\nlong_rate = 0.2\n"
HARVEST = "harvest = 0.05\nharvest_min = 500.0\n"
LIMITS = """
[risk]
max_class_weight = 0.45
max_beta = 1.5
var_95 = 0.05
max_drawdown = 0.5
max_order_value = 20000.0
reduce_only_drawdown = 0.9
price_collar = 0.1

[[risk.scenario]]
name = "oil"
symbol = { AAA = -0.2, BBB = 0.1, CCC = -0.1 }
max_loss = 0.5
"""
LOTS = """symbol,quantity,cost_basis,acquired
AAA,300,90,2023-06-30
AAA,250,80,2024-01-02
AAA,150,110,2024-06-10
BBB,400,60,2020-01-02
CCC,250,20,2020-01-02
"""
CLIENTS = """symbol,quantity,account,cost_basis,acquired
AAA,300,one,90,2023-06-30
AAA,400,one,110,2024-06-10
BBB,400,one,50,2020-01-02
CCC,250,one,20,2020-01-02
CASH,5000,one,,
AAA,7000,two,60,2020-01-02
BBB,4000,two,60,2024-02-02
CCC,2500,two,20,2020-01-02
CASH,50000,two,,
AAA,50,three,100,2024-01-02
BBB,60,three,50,2024-01-02
CCC,100,three,20,2024-01-02
"""
POLICIES = {
    "plain": "",
    "edge": "[rebalance]\ndestination = 'edge'\nband_absolute = 0.0333\n",
    "halfway": "[rebalance]\ndestination = 'halfway'\nlot_size = 10\n",
    "distance": "[rebalance]\ndestination = 'distance'\ndistance = 0.0175\nlot_size = 0\n",
    "drifting": "[rebalance]\nwhen = 'total_drift or calendar'\ntotal_drift = 0.05\ncalendar = 'monthly'\n",
    "volatile": "[rebalance]\nwhen = 'volatility_band or no_target'\nvolatility_band = 2.0\n",
    "cash_first": "[rebalance]\ncash_first = true\nwhen = 'band or cash_flow'\ncash_flow = 0.02\n",
    "barred": "[rebalance]\ndo_not_sell = ['AAA']\ndo_not_buy = ['CCC']\nturnover_cap = 0.05\n",
    "costly": COSTS,
    "limited": LIMITS,
    "optimum": "[rebalance]\nconstruction = 'optimised'\ntracking_aversion = 10.0\n" + COSTS,
    "parity": "[allocation]\nmodel = 'risk_parity'\ntilt = 0.05\nwindow = 60\n",
    "variance": "[allocation]\nmodel = 'minimum_variance'\ntilt = 0.05\nwindow = 120\nrefit = 'daily'\n",
    "trend": "[allocation]\nmodel = 'trend'\ntilt = 0.1\ntrend = 'momentum'\n",
    "classes": "[[asset_class]]\nname = 'aaa'\nband_absolute = 0.02\nband_relative = 0.1\n",
}


def walks(last: date = SESSION) -> pd.DataFrame:
    """The desk's market, in which each symbol walks at random to its last close, with its own volatility."""
    frame = market({**CLOSES, "ALT": 25.0}, YEAR_AND_MORE, last)
    random = np.random.default_rng(11)
    for symbol, sigma in zip(("AAA", "BBB", "CCC", "ALT"), (0.012, 0.006, 0.02, 0.012), strict=True):
        path = np.exp(np.cumsum(random.normal(0, sigma, YEAR_AND_MORE)))
        wide = 1 + np.abs(random.normal(0, sigma / 2, YEAR_AND_MORE))
        rows = frame["symbol"] == symbol
        frame.loc[rows, ["open", "high", "low", "close"]] *= (path / path[-1])[:, None]
        frame.loc[rows, "high"] *= wide
        frame.loc[rows, "low"] /= wide
    return frame


def runs(desk: Desk) -> Iterator[str]:
    """Run a day of every kind of portfolio; the ids of the runs."""
    yield from _followed(desk)
    prices = desk.prices(walks())
    for name, tables in POLICIES.items():
        yield _day(desk, desk.portfolio(name=name, tables=tables), prices)
    taxed = desk.portfolio(name="taxed", tables=COSTS + TAX + HARVEST)
    taxed.write_text(taxed.read_text().replace('symbol = "AAA"', 'symbol = "AAA"\nreplacement = "ALT"'))
    (desk.folder / "taxed.csv").write_text(LOTS)
    yield _day(desk, taxed, prices)
    for name, tables in (("clients", LIMITS), ("costly-clients", COSTS + TAX)):
        file = desk.portfolio(name=name, tables=tables)
        file.write_text(file.read_text().replace("cash = 5000.0\n", ""))
        (desk.folder / f"{name}.csv").write_text(CLIENTS)
        yield _day(desk, file, prices)
    yield _day(desk, desk.portfolio(name="stopped"), prices, kill_switch="a war broke out")
    targets = {symbol: float(weight) for symbol, weight in abroad.TARGET.items()}
    held = {symbol: float(quantity) for symbol, quantity in abroad.HELD.items()}
    file = desk.portfolio(held, targets, name="abroad", tables=abroad.INSTRUMENTS)
    yield _day(desk, file, desk.prices(abroad.market(), "abroad"))
    yield from _crashed(desk)


def _day(desk: Desk, file: Path, source: str, session: date = SESSION, kill_switch: str | None = None) -> str:
    request = plan(desk.context(), Asked(str(file), session, source, kill_switch))
    report = run_day(desk.context(), request, notifying=False)
    print(report.run_id, report.status, report.error or "")
    return report.run_id


def _crashed(desk: Desk) -> Iterator[str]:
    """A fall on the session, a bar that is rejected and later accepted, and a bar that is restated."""
    fallen = crash(walks(), "CCC", SESSION, by=0.10)
    broken = change(fallen, "BBB", SESSION, close=500.0, high=500.0)
    file = desk.portfolio(name="crashed")
    yield _day(desk, file, desk.prices(broken, "crashed"))
    later = desk.at(EVENING + timedelta(hours=1))
    [row] = [
        one for one in quarantine.listing(later.context(), "BBB", every=False) if one.session == SESSION
    ][:1]
    quarantine.decide(later.context(), [row.id], "accepted", "it was so", Actor.typed("Ada"))
    yield _day(desk.at(EVENING + timedelta(hours=2)), file, desk.prices(broken, "crashed"))
    restated = change(fallen, "AAA", sessions(10)[0], volume=5.0)
    yield _day(desk.at(EVENING + timedelta(hours=3)), file, desk.prices(restated, "crashed"))


def _followed(desk: Desk) -> Iterator[str]:
    """Three sessions in a row: approved and filled, cooled down, overridden by two people."""
    first, second, third = sessions(3)
    tables = "[rebalance]\ncooldown = 2\n\n[risk]\nmax_order_value = 15000.0\n" + TAX
    file = desk.portfolio(name="followed", tables=tables)
    (desk.folder / "followed.csv").write_text(LOTS)
    prices = desk.prices(walks(), "followed")

    def evening(day: date) -> Desk:
        return desk.at(datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC))

    yield (run_id := _day(evening(first), file, prices, first))
    told = desk.at(evening(first).now + timedelta(hours=1))
    answered.decide(told.context(), run_id, Wish("approved", Actor.typed("Ada"), ["BBB"], "agreed"))
    fills = desk.folder / "fills.csv"
    fills.write_text(
        "run,symbol,side,quantity,price,commission,filled_at,id\n"
        f"{run_id},BBB,BUY,10,50.0,1,{first}T19:30:00Z,x1\n"
    )
    importing.take(told.context(), fills, Actor.typed("Ada"))
    yield _day(evening(second), file, prices, second)
    one = overrides.request(
        told.context(), "followed", "max_order_value", None, Actor.typed("Ada"), "a block", str(third)
    )
    overrides.approve(told.context(), one.id, Actor.typed("Bob"))
    yield _day(evening(third), file, prices, third)


def record(name: str) -> None:
    """Run all days and keep the rows of every table that has any."""
    shutil.rmtree(DESK, ignore_errors=True)
    desk = Desk(DESK)
    desk.order(desk.portfolio(), desk.prices(market()))  # begins HOME
    list(runs(desk))
    with duckdb.connect(desk.home / "warehouse.duckdb") as connection, TemporaryDirectory() as folder:
        _write(connection, Path(folder), HERE / f"{name}.zip")
    shutil.rmtree(DESK)


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "x") as kept:
        kept.writestr("schema", str(version_of(connection)))
        kept.writestr("processor", processor())
        for table in _tables(connection):
            part = folder / f"{table}.parquet"
            connection.execute(f"copy {table} to '{part}' (format parquet, compression zstd)")
            kept.write(part, part.name)


def restore(name: str, file: Path) -> str:
    """Write the recorded rows into a warehouse of their time and bring it to today's schema.

    Gives the processor that the numbers were found on.
    """
    with zipfile.ZipFile(HERE / f"{name}.zip") as kept, TemporaryDirectory() as folder:
        kept.extractall(folder)
        with duckdb.connect(file) as connection:
            build(connection, int(kept.read("schema")), with_views=False)
            for part in Path(folder).glob("*.parquet"):
                connection.execute(f"insert into {part.stem} by name from '{part}'")
            migrate(connection, file)
        return kept.read("processor").decode()


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables that have rows, but for the record of the migrations."""
    names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
    return [
        name for (name,) in names
        if name != "migrations" and connection.execute(f"select 1 from {name} limit 1").fetchone()
    ]  # fmt: skip


def processor() -> str:
    """What numpy uses of this processor: another one may find another last digit."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]  # type: ignore[index, call-overload]
    return " ".join(found["found"])
