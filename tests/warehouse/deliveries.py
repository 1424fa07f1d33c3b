"""Deliveries as a source would make them, staged and merged the way the daily run does it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from warehouse import ingest, staging
from warehouse.database.files import discard
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.ingest import Batch, Merged

SOURCE = "files:prices.parquet"
DAY = date(2015, 8, 24)
NOW = datetime(2015, 8, 24, 22, 30, tzinfo=UTC)
FIELDS = ("open", "high", "low", "close", "volume")

_DOUBLES = [(name, pa.float64()) for name in FIELDS]
_KEYS = [("row_id", pa.int64()), ("symbol", pa.string())]
BARS = pa.schema([*_KEYS, ("session", pa.date32()), *_DOUBLES])
ACTIONS = pa.schema(
    [
        *_KEYS,
        ("ex_date", pa.date32()),
        ("kind", pa.string()),
        ("value", pa.float64()),
        ("derived", pa.bool_()),
    ]
)
ADJUSTED = pa.schema([("symbol", pa.string()), ("session", pa.date32()), ("adj_close", pa.float64())])


def bar(close: float, symbol: str = "SPY", session: date = DAY, **others: float | None) -> dict[str, Any]:
    """A bar that stays at one price unless `others` say more."""
    flat: dict[str, Any] = {"open": close, "high": close, "low": close, "close": close, "volume": 1000.0}
    return {"symbol": symbol, "session": session} | flat | others


def action(
    value: float, kind: str = "dividend", symbol: str = "SPY", ex_date: date = DAY, *, derived: bool = False
) -> dict[str, Any]:
    return {"symbol": symbol, "ex_date": ex_date, "kind": kind, "value": value, "derived": derived}


def batch(batch_id: str, source: str = SOURCE, **changes: Any) -> Batch:
    fields: dict[str, Any] = {
        "batch_id": batch_id, "source": source, "symbols": ("SPY",), "start": None, "end": DAY,
        "fetched_at": NOW, "digest": "d" * 64, "rows_delivered": 1, "errors": (), "returns": "total",
        "illustration": None,
    }  # fmt: skip
    return Batch(**fields | changes)


def deliver(
    warehouse: DuckDBFile,
    bars: Sequence[Mapping[str, Any]] = (),
    *,
    batch_id: str = "one",
    now: datetime = NOW,
    source: str = SOURCE,
    actions: Sequence[Mapping[str, Any]] = (),
    adjusted: Sequence[Mapping[str, Any]] = (),
    rejected: Iterable[tuple[str, int, str, float | None]] = (),
) -> Merged:
    """Stage the rows, reject those that `rejected` names (table, place, rule, value), merge the rest."""
    file = stage(warehouse, bars, batch_id, source, actions, adjusted, rejected)
    with warehouse.open(attach=file) as db:
        merged = ingest.merge(db, batch(batch_id, source), now)
    discard(file)
    return merged


def stage(warehouse, bars, batch_id="one", source=SOURCE, actions=(), adjusted=(), rejected=()):
    file = staging.staging_file(warehouse.home, batch_id)
    tables = {
        "bars": pa.Table.from_pylist(numbered(bars), BARS),
        "actions": pa.Table.from_pylist(numbered(actions), ACTIONS),
        "adjusted": pa.Table.from_pylist([dict(row) for row in adjusted], ADJUSTED),
    }
    staging.create(file, batch(batch_id, source), tables)
    with staging.opened(file) as connection:
        for table, place, rule, value in rejected:
            row = (bars if table == "bars" else actions)[place]
            day = row["session"] if table == "bars" else row["ex_date"]
            values = [table, place, row["symbol"], day, rule, value, f"{rule} in words"]
            connection.execute("insert into rejected values ($1, $2, $3, $4, $5, $6, $7)", values)
    return file


def numbered(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows with their number, as a staging file has them."""
    return [{"row_id": number} | dict(row) for number, row in enumerate(given)]


def rows(warehouse: DuckDBFile, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a query finds in the warehouse."""
    with warehouse.open() as db:
        return db.connection.execute(sql, values).fetchall()


def closes(warehouse: DuckDBFile, instant: datetime, source: str = SOURCE) -> list[tuple[str, date, float]]:
    """Symbol, session and close as known at an instant."""
    return rows(
        warehouse,
        "select symbol, session, close from prices_asof($2::timestamp) where source = $1 order by all",
        source,
        instant.astimezone(UTC).replace(tzinfo=None),
    )


def held(tables):
    """What each table holds, but for the notes that a backup was restored and its views made anew."""
    return [one for one in tables if one.table not in {"restores", "ledger", "ledger_head", "migrations"}]
