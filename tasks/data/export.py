"""What was known at an instant, as a file: bars as traded, or adjusted for splits and distributions."""

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from quant.errors import InputError
from quant.market.panel import Panel
from tasks import sources
from tasks.context.cells import cells
from tasks.context.context import Context
from tasks.snapshot.snapshot import load_panel
from tasks.sources import BARS
from warehouse import history
from warehouse.database.database import Database

SYMBOLS = 500
"""Symbols that are read at once: with ten years of each, 1.3 million rows and a short visit."""


@dataclass(frozen=True)
class Exported:
    """What was written where; `sources` are those that the symbols came from."""

    out: Path
    known_at: datetime
    adjusted: bool
    sources: tuple[str, ...]
    symbols: int
    rows: int


@dataclass(frozen=True)
class Told:
    """A symbol, and the sources that had told anything of it, by name."""

    symbol: str
    sources: list[str]


def export(
    context: Context, known_at: datetime, out: Path, *, adjusted: bool, source: str | None
) -> Exported:
    """Write the rows by symbol and session, with the columns of `tasks.sources.BARS`, whole or not at all.

    Raises:
        InputError: nothing was known, a symbol is told by several sources, or the file cannot be written.
    """
    out = _target(out)
    if known_at > context.now():
        raise InputError(f"the instant {known_at:%Y-%m-%dT%H:%M:%SZ} is in the future.")
    named = sources.resolve(source).name if source else None
    with context.warehouse.open() as db:
        origins = _origins(db, known_at, named)
    symbols = sorted(origins)
    with _written_whole(out) as part, _writer(part, out.suffix) as write:
        count = 0
        for first in range(0, len(symbols), SYMBOLS):
            context.progress("Exporting symbols", first, len(symbols))
            table = _bars(context, known_at, origins, symbols[first : first + SYMBOLS], adjusted=adjusted)
            write(table)
            count += table.num_rows
    return Exported(out, known_at, adjusted, tuple(sorted(set(origins.values()))), len(symbols), count)


def _target(out: Path) -> Path:
    out = out.expanduser().resolve()
    if out.suffix not in {".parquet", ".csv"}:
        raise InputError(f"{out} ends neither in .parquet nor in .csv: name such a file.")
    if out.is_dir():
        raise InputError(f"{out} is a folder: name a file.")
    if not out.parent.is_dir():
        raise InputError(f"{out}: there is no folder {out.parent}. Create it, or name another one.")
    return out


def _origins(db: Database, known_at: datetime, source: str | None) -> dict[str, str]:
    """Each symbol's source."""
    rows = db.select(Told, "exported_symbols", known_at=known_at, source=source)
    if not rows:
        told = "; ".join(
            f"{one.source} since {one.since:%Y-%m-%dT%H:%M:%SZ}" for one in history.told_sources(db)
        )
        raise InputError(
            f"nothing was known at {known_at:%Y-%m-%dT%H:%M:%SZ}{f' from {source}' if source else ''}: "
            f"the warehouse knows {told or 'no daily bars'}."
        )
    for row in rows:
        if len(row.sources) > 1:
            raise InputError(
                f"{row.symbol} has data of {' and '.join(row.sources)}: name one of them with --source."
            )
    return {row.symbol: row.sources[0] for row in rows}


def _bars(
    context: Context, known_at: datetime, origins: dict[str, str], symbols: Sequence[str], *, adjusted: bool
) -> pa.Table:
    """The rows of some symbols, ordered, with the schema BARS."""
    by_source = groupby(sorted(symbols, key=origins.__getitem__), key=origins.__getitem__)
    read = _adjusted if adjusted else _as_traded
    with context.warehouse.open() as db:
        tables = [read(db, source, list(group), known_at) for source, group in by_source]
    return pa.concat_tables(tables).sort_by([("symbol", "ascending"), ("session", "ascending")])


def _as_traded(db: Database, source: str, symbols: Sequence[str], known_at: datetime) -> pa.Table:
    with db.incoming(asked=pa.table({"symbol": symbols})):
        return db.arrow("exported_bars", source=source, known_at=known_at).cast(BARS)


def _adjusted(db: Database, source: str, symbols: Sequence[str], known_at: datetime) -> pa.Table:
    days = db.column("exported_sessions", source=source, known_at=known_at)
    return _rows(load_panel(db, source, symbols, days, known_at))


def _rows(panel: Panel) -> pa.Table:
    """The bars of a panel, prices adjusted for splits and distributions, volumes for splits."""
    column, row = np.nonzero(~np.isnan(panel.traded.T))
    paid = panel.total / panel.close
    values = {
        "open": panel.open * paid,
        "high": panel.high * paid,
        "low": panel.low * paid,
        "close": panel.total,
        "volume": panel.volume,
    }
    numbers = {name: pa.array(array[row, column], from_pandas=True) for name, array in values.items()}
    keys = {"symbol": np.array(panel.symbols, object)[column], "session": panel.sessions[row]}
    return pa.table({**keys, **numbers}, schema=BARS)


@contextmanager
def _writer(part: Path, suffix: str) -> Iterator[Callable[[pa.Table], None]]:
    if suffix == ".csv":
        with pyarrow.csv.CSVWriter(part, BARS) as csv:
            yield lambda table: csv.write_table(cells(table))
    else:
        with pq.ParquetWriter(part, BARS) as parquet:
            yield parquet.write_table


@contextmanager
def _written_whole(out: Path) -> Iterator[Path]:
    """A file beside `out` to write into; it takes the name when all is written and durable."""
    part = out.with_name(f".{out.name}.{uuid.uuid4().hex}")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        raise InputError(
            f"{out} cannot be written ({error.strerror or error}): name a file in a folder that you "
            "may write to."
        ) from error
    finally:
        part.unlink(missing_ok=True)
