"""What was known at an instant, as a file: bars as traded or adjusted, or minute bars."""

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
from tasks.snapshot.panels import load_panel
from tasks.sources import BARS, MINUTES
from warehouse import history
from warehouse.database.database import Database
from warehouse.tables.batches import BAR_NAMES, Interval

SYMBOLS: dict[Interval, int] = {"1d": 500, "1m": 10}
"""Symbols that are read at once: a million rows with ten years of days, or with one year of minutes."""


@dataclass(frozen=True)
class Exported:
    """What was written where; `sources` are those that the symbols came from."""

    out: Path
    known_at: datetime
    interval: Interval
    adjusted: bool
    sources: tuple[str, ...]
    symbols: int
    rows: int


@dataclass(frozen=True)
class Delivered:
    """A symbol, and the sources that had delivered anything of it, by name."""

    symbol: str
    sources: list[str]


@dataclass(frozen=True)
class Kind:
    """What can be exported: its columns, the query of its symbols, and how those of a source are read."""

    interval: Interval
    schema: pa.Schema
    symbols: str
    read: Callable[[Database, str, Sequence[str], datetime], pa.Table]


def export(
    context: Context,
    known_at: datetime,
    out: Path,
    *,
    adjusted: bool,
    source: str | None,
    interval: Interval = "1d",
) -> Exported:
    """Write the rows by symbol and session or instant, whole or not at all.

    The columns are those of `tasks.sources.BARS`, or of `MINUTES` for interval "1m".

    Raises:
        InputError: nothing was known, a symbol has bars of several sources, minute bars are to be adjusted,
            or the file cannot be written.
    """
    kind = _kind(interval, adjusted=adjusted)
    out = _target(out)
    if known_at > context.now():
        raise InputError(f"the instant {known_at:%Y-%m-%dT%H:%M:%SZ} is in the future.")
    named = sources.resolve(source).name if source else None
    origins = context.warehouse.read(lambda db: _origins(db, known_at, named, kind))
    symbols = sorted(origins)
    with _written_whole(out) as part, _writer(part, out.suffix, kind.schema) as write:
        count = 0
        for first in range(0, len(symbols), SYMBOLS[interval]):
            context.progress("Exporting symbols", first, len(symbols))
            table = _bars(context, known_at, origins, symbols[first : first + SYMBOLS[interval]], kind)
            write(table)
            count += table.num_rows
    return Exported(
        out, known_at, interval, adjusted, tuple(sorted(set(origins.values()))), len(symbols), count
    )


def _kind(interval: Interval, *, adjusted: bool) -> Kind:
    if interval == "1d":
        return Kind(interval, BARS, "exported_symbols", _adjusted if adjusted else _as_traded)
    if adjusted:
        raise InputError("minute bars are exported as traded: leave out --adjusted.")
    return Kind(interval, MINUTES, "exported_minute_symbols", _minutes)


def _target(out: Path) -> Path:
    out = out.expanduser().resolve()
    if out.suffix not in {".parquet", ".csv"}:
        raise InputError(f"{out} ends neither in .parquet nor in .csv: name such a file.")
    if out.is_dir():
        raise InputError(f"{out} is a folder: name a file.")
    if not out.parent.is_dir():
        raise InputError(f"{out}: there is no folder {out.parent}. Create it, or name another one.")
    return out


def _origins(db: Database, known_at: datetime, source: str | None, kind: Kind) -> dict[str, str]:
    """Each symbol's source."""
    rows = db.select(Delivered, kind.symbols, known_at=known_at, source=source)
    if not rows:
        stored = "; ".join(
            f"{one.source} since {one.since:%Y-%m-%dT%H:%M:%SZ}"
            for one in history.stored_sources(db, kind.interval)
        )
        raise InputError(
            f"nothing was known at {known_at:%Y-%m-%dT%H:%M:%SZ}{f' from {source}' if source else ''}: "
            f"the warehouse knows {BAR_NAMES[kind.interval]} of {stored or 'no source'}."
        )
    for row in rows:
        if len(row.sources) > 1:
            raise InputError(
                f"{row.symbol} has data of {' and '.join(row.sources)}: name one of them with --source."
            )
    return {row.symbol: row.sources[0] for row in rows}


def _bars(
    context: Context, known_at: datetime, origins: dict[str, str], symbols: Sequence[str], kind: Kind
) -> pa.Table:
    """The rows of some symbols, by symbol and session or instant."""
    ordered = groupby(sorted(symbols, key=origins.__getitem__), key=origins.__getitem__)
    by_source = {source: list(group) for source, group in ordered}
    tables = context.warehouse.read(
        lambda db: [kind.read(db, source, group, known_at) for source, group in by_source.items()]
    )
    return pa.concat_tables(tables).sort_by([(name, "ascending") for name in kind.schema.names[:2]])


def _as_traded(db: Database, source: str, symbols: Sequence[str], known_at: datetime) -> pa.Table:
    with db.incoming(asked=pa.table({"symbol": symbols})):
        return db.arrow("exported_bars", source=source, known_at=known_at).cast(BARS)


def _minutes(db: Database, source: str, symbols: Sequence[str], known_at: datetime) -> pa.Table:
    with db.incoming(asked=pa.table({"symbol": symbols})):
        return db.arrow("exported_minutes", source=source, known_at=known_at).cast(MINUTES)


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
def _writer(part: Path, suffix: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    if suffix == ".csv":
        with pyarrow.csv.CSVWriter(part, schema) as csv:
            yield lambda table: csv.write_table(cells(table))
    else:
        with pq.ParquetWriter(part, schema) as parquet:
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
