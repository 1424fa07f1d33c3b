"""Generated markets on their way into a warehouse, as a backfill takes them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks._market import Market
from quant.market.panel import Days
from warehouse import ingest, staging
from warehouse.database.files import discard
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.ingest import Batch, Merged

SOURCE = "generated"


def dates(sessions: Days) -> list[date]:
    """The sessions as dates."""
    found: list[date] = sessions.astype(object).tolist()
    return found


def batch(
    batch_id: str, symbols: Sequence[str], bars: pa.Table, sessions: Days, source: str = SOURCE
) -> Batch:
    """The record of a batch that nothing went wrong with."""
    first, last = dates(sessions[[0, -1]])
    return Batch(
        batch_id,
        source,
        tuple(symbols),
        first,
        last,
        datetime.now(UTC),
        "0" * 64,
        len(bars),
        (),
        "total",
        None,
    )


def load(home: Path, market: Market, batch_id: str, source: str = SOURCE) -> Merged:
    """Stage and merge one market unexamined: no references for the move bound, no suites."""
    tables = {
        "bars": market.bars.append_column("row_id", pa.array(np.arange(len(market.bars)))),
        "actions": market.actions.append_column("row_id", pa.array(np.arange(len(market.actions)))),
    }
    record = batch(batch_id, market.symbols, market.bars, market.sessions, source)
    return merge(home, record, tables)


def merge(home: Path, record: Batch, tables: dict[str, pa.Table]) -> Merged:
    """Write the staging file and merge it into the warehouse of `home`."""
    file = staging.staging_file(home, record.batch_id)
    staging.create(file, record, tables)
    with DuckDBFile(home).open(attach=file) as db:
        merged = ingest.merge(db, record, datetime.now(UTC))
    discard(file)
    return merged
