"""What a longer history costs: a day's increment, and reading the window as known."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import _store
from benchmarks._market import Market, generate
from benchmarks._sheet import Sheet
from benchmarks._timing import Case, ratios, spread, table, take_turns
from config import settings
from config.calendars import Calendar
from config.portfolio import Portfolio
from flows import clock
from quant.policy.policy import Target
from tasks.context.context import Context
from tasks.day.check_data import merge_batch
from tasks.day.fetch import stage_batch
from tasks.ingest.sharing import wanted
from tasks.sources import ACTIONS, BARS
from warehouse.database.connect import quoted
from warehouse.duckdb_file.backend import DuckDBFile

PAGE = "benchmarks.md"
LAST = date(2024, 12, 31)
CHUNK = 2_000_000  # bars that are generated and loaded at once

INCREMENT = """One new session for every symbol, from a Parquet file to a closed warehouse on disk:
read, stage with the recent closes that the checks need, run every suite, merge. Each round adds the next
session. The longer history is ten times the shorter one. Storing one more session should take the same time
on both."""

AS_KNOWN = """The last sessions of every symbol, read as an Arrow table in two ways: from the longer history
with versions (a tenth of the symbols were restated over these sessions), and from a table without versions,
in a file of its own, with the same current bars in the same order."""


@dataclass(frozen=True)
class Size:
    symbols: int
    short: int  # sessions
    long: int
    window: int
    rounds: int


FULL = Size(symbols=10_000, short=250, long=2_500, window=260, rounds=5)
QUICK = Size(symbols=50, short=60, long=400, window=60, rounds=1)
UNVERSIONED = "without versions"


def measure(*, quick: bool) -> Sheet:
    """Both on warehouses that are filled once; every round of increments makes them longer by a session."""
    size = QUICK if quick else FULL
    names = tuple(f"S{number:05d}" for number in range(size.symbols))
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        stores = {length: Store(Path(folder) / str(length), names) for length in (size.short, size.long)}
        for length, store in stores.items():
            store.fill(length, size.rounds + 1)
            store.increment(Path(folder))  # what is done once in a process is done
        increments: dict[str, Case] = {
            f"on {size.symbols * length:,} bars": store.increment for length, store in stores.items()
        }
        daily = take_turns(increments, size.rounds)
        reading = take_turns(_readers(stores[size.long], size.window), size.rounds)
    short, long = increments
    return Sheet(
        f"A longer history, {size.symbols:,} symbols",
        [
            INCREMENT,
            table(daily, short),
            f"{long.capitalize()} the new session takes {spread(ratios(daily, long, short))} times as long.",
            AS_KNOWN,
            table(reading, UNVERSIONED),
        ],
    )


class Store:
    """A warehouse with a history, and the sessions after it, to be brought one by one."""

    def __init__(self, home: Path, names: tuple[str, ...]) -> None:
        self.home = home
        self.names = names
        self.delivery = home / "delivery.parquet"
        self.source = f"files:{self.delivery.resolve()}"
        self.portfolio = _portfolio(names)
        self.ahead: list[pa.Table] = []  # parts of the market's last sessions
        self.days: list[date] = []

    def fill(self, sessions: int, ahead: int) -> None:
        """So many sessions of history, and `ahead` more that wait."""
        self.home.mkdir()
        days = Calendar("XNYS").window(LAST, sessions + ahead)
        self.days = days[sessions:]
        group = CHUNK // len(days)
        for number, first in enumerate(range(0, len(self.names), group)):
            market = generate(self.names[first : first + group], np.array(days, "datetime64[D]"), seed=number)
            past = pc.less(market.bars["session"], pa.scalar(self.days[0]))
            _store.load(self.home, replace(market, bars=market.bars.filter(past)), str(number), self.source)
            self.ahead.append(market.bars.filter(pc.invert(past)))

    def increment(self, _: Path) -> None:
        """Fetch, check and merge the next session."""
        day = self.days.pop(0)
        parts = (bars.filter(pc.equal(bars["session"], pa.scalar(day))) for bars in self.ahead)
        pq.write_table(pa.concat_tables(parts), self.delivery)
        context = Context(settings.load(self.home), clock.now, clock.sleep)
        batch_id = f"{day:%Y%m%d}"
        asked = wanted(self.portfolio, day, context.now(), start=day)
        stage_batch(context, batch_id, self.source, asked, self.names)
        merged = merge_batch(context, "no run", batch_id)[1]
        assert (merged.rows_new, merged.rows_quarantined) == (len(self.names), 0), merged


def _portfolio(names: tuple[str, ...]) -> Portfolio:
    targets = (Target(symbol=name, asset_class="equity", weight=1 / len(names)) for name in names)
    return Portfolio(name="growth", holdings="", target=tuple(targets))


def _readers(store: Store, window: int) -> Mapping[str, Case]:
    """Reading the window as known, and the same rows from a table without versions."""
    last = Calendar("XNYS").window(LAST, 1)[0]
    first = Calendar("XNYS").window(last, window)[0]
    _restate(store, first)
    plain = store.home / "plain.duckdb"
    with duckdb.connect(str(plain)) as connection:
        connection.execute(f"attach {quoted(store.home / 'warehouse.duckdb')} as versioned (read_only)")
        connection.execute(
            "create table bars as select source, symbol, session, open, high, low, close, volume, batch_id "
            "from versioned.bars where known_to is null order by rowid"
        )
    columns = "symbol, session, open, high, low, close, volume"
    where = f"source = '{store.source}' and session between '{first}' and '{last}'"

    def read(file: Path, table: str) -> int:
        with duckdb.connect(str(file), read_only=True) as connection:
            query = f"select {columns} from {table} where {where}"
            return len(connection.execute(query).to_arrow_table())

    def check(file: Path, table: str) -> None:
        assert read(file, table) == len(store.names) * window

    instant = f"'{datetime.now(UTC).replace(tzinfo=None)}'::timestamp"
    return {
        UNVERSIONED: lambda _: check(plain, "bars"),
        "prices_asof(now)": lambda _: check(store.home / "warehouse.duckdb", f"prices_asof({instant})"),
    }


def _restate(store: Store, first: date) -> None:
    """A new volume for every tenth symbol from `first` on: an old and a new version of each bar."""
    names = store.names[::10]
    with DuckDBFile(store.home).open() as db:
        bars = db.connection.execute(
            "select symbol, session, open, high, low, close, volume * 2 as volume from bars "
            "where session >= $1 and symbol in (select unnest($2)) order by symbol, session",
            [first, list(names)],
        ).to_arrow_table()
    days = np.array(sorted(set(bars["session"].to_pylist())), "datetime64[D]")
    market = Market(names, days, bars.cast(BARS), ACTIONS.empty_table())
    merged = _store.load(store.home, market, "restated", store.source)
    assert merged.rows_restated == len(bars)
