"""Numbered deliveries of random bars and actions, and what a warehouse must hold after any order of them.

Each delivery brings bars of five symbols on ten days with one of three closes, and some splits and dividends,
so that most restate or take back what earlier ones told; one bar of each breaks a rule of the suites. A model
in plain Python, which knows nothing of SQL, says which versions follow.
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import _store
from config import settings
from flows import clock
from tasks.context.context import Context
from tasks.day.check_data import merge_batch
from warehouse import staging
from warehouse.database.connect import connect
from warehouse.database.database import Database
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.publish import checkpoint
from warehouse.ingest import Batch
from warehouse.record.verify import broken, judge

SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE")
DAYS = [date(2024, 1, 1) + timedelta(days=day) for day in range(10)]
VALUES = {"bar": (100.0, 101.0, 102.0), "split": (2.0, 4.0), "dividend": (0.5, 0.6)}
OFTEN = {"bar": 0.5, "split": 0.05, "dividend": 0.1}
BROKEN = "volume_not_negative"
"""The rule of the suites that one bar of each delivery breaks."""

Key = tuple[str, str, date]
"""What it is ("bar", or a kind of action), symbol, session or ex-date."""
Version = tuple[str, str, date, float, str, str | None]
"""A key, its close or value, the batch that told it, and the batch that ended it (None: current)."""
_FOUND = """
    with told as (
        select 'bar' as what, symbol, session as day, close as value, batch_id, known_to from bars
        union all select kind, symbol, ex_date, value, batch_id, known_to from actions
        union all select rule, symbol, session, close, batch_id, null from quarantine
    )
    select what, symbol, day, value, told.batch_id, ended.batch_id
    from told left join batches as ended on ended.known_from = told.known_to"""


@dataclass(frozen=True)
class Delivery:
    """What is told, and the key of the one bar that breaks a rule."""

    values: dict[Key, float]
    broken: Key

    @cached_property
    def accepted(self) -> dict[Key, float]:
        """What is told and not rejected."""
        return {key: value for key, value in self.values.items() if key != self.broken}

    def ends(self, key: Key, value: float) -> bool:
        """Whether a stored value is restated; an action also ends where it is no longer told.

        A delivery speaks for the actions of a symbol on the days after its first bar, to its last.
        """
        told = self.accepted.get(key)
        if key[0] == "bar":
            return told not in {None, value}
        days = [day for what, symbol, day in self.values if (what, symbol) == ("bar", key[1])]
        return told != value and bool(days) and min(days) < key[2] <= max(days)


@cache
def delivery(number: int) -> Delivery:
    """The delivery of this number."""
    rng = random.Random(number)
    keys = [(what, symbol, day) for what in VALUES for symbol in SYMBOLS for day in DAYS]
    values = {key: rng.choice(VALUES[key[0]]) for key in keys if rng.random() < OFTEN[key[0]]}
    return Delivery(values, rng.choice([key for key in values if key[0] == "bar"]))


def expected(order: list[int]) -> set[Version]:
    """The versions and quarantined bars after these deliveries."""
    current: dict[Key, tuple[float, int]] = {}
    versions: set[Version] = set()
    for number in order:
        told = delivery(number)
        for key, (value, since) in list(current.items()):
            if told.ends(key, value):
                versions.add((*key, value, str(since), str(number)))
                del current[key]
        current = {key: (value, number) for key, value in told.accepted.items()} | current
        _, symbol, day = told.broken
        versions.add((BROKEN, symbol, day, told.values[told.broken], str(number), None))
    return versions | {(*key, value, str(since), None) for key, (value, since) in current.items()}


def staged(number: int) -> tuple[Batch, dict[str, pa.Table]]:
    """The delivery of this number as a batch and its staging tables, what breaks a rule rejected."""
    return _batch(number), _tables(number)


def store(home: Path, number: int) -> None:
    """Stage a delivery, reject what breaks a rule, and merge the rest: all that needs no suite."""
    _store.merge(home, *staged(number))


def check_and_store(home: Path, number: int) -> None:
    """The same through the daily run's second step: the suites decide, and write their pages."""
    told = [{"row_id": row, "symbol": symbol, "session": DAYS[-1]} for row, symbol in enumerate(SYMBOLS)]
    tables = _tables(number) | {
        "coverage": pa.Table.from_pylist([one | {"last_session": DAYS[-1], "rows": 1} for one in told]),
        "calendar": pa.table({"session": DAYS}),
    }
    del tables["rejected"]
    staging.create(staging.staging_file(home, str(number)), _batch(number), tables)
    merge_batch(Context(settings.load(home), clock.now, clock.sleep), "no run", str(number))


def store_and_fold(home: Path, number: int) -> None:
    """Merge a delivery into the log, and fold the log into the file."""
    store(home, number)
    with DuckDBFile(home).locked():
        checkpoint(DuckDBFile(home).file)


def order_of(db: Database) -> list[int]:
    """The stored batches, after proof that every version and none else is there, and each invariant holds.

    Raises:
        AssertionError: a version is lost, doubled or half-done, or an invariant is broken.
    """
    found = db.connection.execute("select batch_id from batches order by known_from").fetchall()
    order = [int(number) for (number,) in found]
    rows = db.connection.execute(_FOUND).fetchall()
    assert len(rows) == len(set(rows)), "a version stands twice"
    assert set(rows) == expected(order), f"the versions are not those of {order}"
    offences = list(broken(judge(db.visit, datetime.now(UTC))))
    assert not offences, offences
    return order


def look(home: Path) -> list[int]:
    """`order_of` a warehouse, in one visit."""
    with DuckDBFile(home).open() as db:
        return order_of(db)


def look_at_copy(file: Path) -> list[int]:
    """`order_of` a published copy or a backup."""
    connection = connect(file, read_only=True)
    try:
        return order_of(Database(connection))
    finally:
        connection.close()


def _batch(number: int) -> Batch:
    return _store.batch(str(number), SYMBOLS, _tables(number)["bars"], np.array(DAYS, dtype="datetime64[D]"))


def _tables(number: int) -> dict[str, pa.Table]:
    """A delivery's staging tables; `rejected` says what the suites would say."""
    told = delivery(number)
    bars, actions, rejected = [], [], []
    for row, ((what, symbol, day), value) in enumerate(told.values.items()):
        named = {"row_id": row, "symbol": symbol}
        if what != "bar":
            actions.append(named | {"ex_date": day, "kind": what, "value": value, "derived": False})
            continue
        volume = -1.0 if (what, symbol, day) == told.broken else 1.0
        prices = dict.fromkeys(("open", "high", "low", "close"), value)
        bars.append(named | {"session": day, "volume": volume} | prices)
        if volume < 0:
            rejected.append(named | {"table_name": "bars", "session": day, "rule": BROKEN, "value": volume})
    found = {"bars": bars, "actions": actions, "rejected": rejected}
    return {name: pa.Table.from_pylist(rows) for name, rows in found.items() if rows}
