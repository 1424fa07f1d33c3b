"""The private staging file of one batch: no lock on the warehouse is held while it is worked on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from pydantic import TypeAdapter

from warehouse.database.connect import connect
from warehouse.database.database import Database
from warehouse.database.files import discard
from warehouse.database.storage import explained
from warehouse.ingest import Batch

_record = TypeAdapter(Batch)
ROW_GROUP = 122_880  # rows that DuckDB stores together
_TABLES = Path(__file__).parent / "queries" / "staging_tables.sql"


def staging_file(home: Path, batch_id: str) -> Path:
    """Where a batch is staged."""
    return home / "staging" / f"{batch_id}.duckdb"


def create(file: Path, batch: Batch, tables: dict[str, pa.Table]) -> None:
    """Write the staging file anew: the batch, and the tables of docs/architecture.md by name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    discard(file)
    with opened(file, sum(table.nbytes for table in tables.values())) as connection:
        # It is read once and removed: packing it takes longer than writing and reading what it would save.
        connection.execute("set force_compression = 'uncompressed'")
        connection.execute(_TABLES.read_text(encoding="utf-8"))
        connection.execute("insert into batch values ($1)", [_record.dump_json(batch).decode()])
        for name, table in tables.items():
            # One thread reads one batch of an Arrow table.
            batches = table.to_batches(max_chunksize=ROW_GROUP)
            connection.register("incoming", pa.Table.from_batches(batches, table.schema))
            connection.execute(f"insert into {name} by name from incoming")  # our own table names
            connection.unregister("incoming")


def read_batch(connection: duckdb.DuckDBPyConnection) -> Batch:
    """The batch that an open staging file holds."""
    row = connection.execute("select record from batch").fetchone()
    assert row is not None
    return _record.validate_json(row[0])


@dataclass(frozen=True)
class StagedRejection:
    """A rule that a staged row broke; `table_name` "coverage" for sessions that should have a bar."""

    table_name: str
    symbol: str | None
    session: date | None
    rule: str
    value: float | None


def read_rejected(connection: duckdb.DuckDBPyConnection) -> list[StagedRejection]:
    """What the suites rejected, but for the faults."""
    return Database(connection).select(StagedRejection, "staging_rejected")


@contextmanager
def opened(file: Path, new: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The staging file, open for checking; or a `new` one, open for filling with so many bytes."""
    with explained(file, "It is a scratch file: run the command again."):
        connection = connect(file, holds=new)
        try:
            yield connection
        finally:
            connection.close()


def sweep(home: Path, live: set[str]) -> None:
    """Remove the staging files that belong to no live run; a run's batches are named RUN or RUN-NUMBER."""
    staged = {file.name.partition(".duckdb")[0] for file in (home / "staging").glob("*.duckdb*")}
    for batch_id in staged:
        if not any(batch_id == run_id or batch_id.startswith(f"{run_id}-") for run_id in live):
            discard(staging_file(home, batch_id))
