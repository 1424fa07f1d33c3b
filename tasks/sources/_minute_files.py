"""Minute bars in files: the same columns as for daily bars, with an instant for the session."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from config.calendars import Calendar
from quant.errors import InputError
from tasks.sources import MINUTES, Request, SymbolError
from tasks.sources._columns import REQUIRED
from tasks.sources._reading import Part, find_parts, read_moments, read_part
from tasks.sources._splits import later_splits

PRICES = ("open", "high", "low", "close")
Instants = npt.NDArray[np.datetime64]


def read_minutes(request: Request) -> tuple[pa.Table, tuple[SymbolError, ...], list[Part]]:
    """The asked minute bars by symbol (in the order asked) and instant, what is missing, and the files read.

    A row that stands twice with the same values is one, and one without any price is none. An instant without
    an offset is UTC. In a file of yfinance the later splits are undone.

    Raises:
        InputError: a path or a cell cannot be used, or instants are the exchange's own time.
    """
    parts = find_parts(Path(request.location), request.symbols, "1m")
    rows = pa.concat_tables([MINUTES.empty_table(), *(_rows(part, request) for part in parts)])
    rows = rows.group_by(MINUTES.names).aggregate([]).select(MINUTES.names)
    if any(part.split_adjusted for part in parts):
        rows = _as_traded(rows, request.symbols)
    begin, end = (pa.scalar(moment, rows["instant"].type) for moment in (request.since, request.until))
    asked = rows.filter(pc.and_(pc.greater_equal(rows["instant"], begin), pc.less(rows["instant"], end)))
    found = set(pc.unique(asked["symbol"]).to_pylist())
    errors = tuple(_missing(symbol, rows, request) for symbol in request.symbols if symbol not in found)
    for number, symbol in enumerate(request.symbols, start=1):
        request.progress(number, len(request.symbols), symbol)
    return _in_order(asked, request.symbols), errors, parts


def _rows(part: Part, request: Request) -> pa.Table:
    """One file's rows of the symbols that have a price."""
    table = read_part(part, None, None, everything=True)  # first: it names the cell that is none
    instants, bare = read_moments(part)
    table = table.append_column("instant", instants).append_column("bare", bare)
    priced = pc.is_valid(pc.coalesce(*(table[name] for name in PRICES)))
    asked = pa.array(request.symbols, pa.string())
    table = table.filter(pc.and_(pc.is_in(table["symbol"], asked), priced))
    _require_utc(part, table.filter(table["bare"])["instant"].to_numpy(), request)
    if "split" not in table.column_names:
        table = table.append_column("split", pa.nulls(len(table), pa.float64()))
    nothing = pc.is_in(table["split"], pa.array([0.0, 1.0]))
    split = pc.if_else(nothing, pa.scalar(None, pa.float64()), table["split"])
    table = table.set_column(table.column_names.index("split"), "split", split)
    return table.select(MINUTES.names).cast(MINUTES)


def _require_utc(part: Part, instants: Instants, request: Request) -> None:
    """Refuse instants without an offset of which more lie in sessions if they are the exchange's own time."""
    names = set(request.calendars.values())
    if request.start is None or len(names) != 1 or not len(instants):
        return
    calendar = Calendar(names.pop())
    hours = [span for day in calendar.sessions(request.start, request.end) for span in calendar.hours(day)]
    as_utc, as_local = (_within(instants, hours, zone) for zone in (UTC, calendar.zone))
    if as_local > as_utc:
        raise InputError(
            f"{part.path}: of the instants without an offset {as_utc} lie within sessions of {calendar.name} "
            f"as UTC, and {as_local} as the exchange's own time: write their offset, or UTC with Z"
        )


def _within(instants: Instants, hours: Sequence[tuple[datetime, datetime]], zone: tzinfo) -> int:
    """How many instants lie within the hours, as a clock of the zone shows these."""
    begins, ends = (
        np.array([moment.astimezone(zone).replace(tzinfo=None) for moment in side], "datetime64[us]")
        for side in zip(*hours, strict=True)
    )
    place = np.searchsorted(begins, instants, side="right") - 1
    return int(((place >= 0) & (instants < ends[place])).sum())


def _as_traded(rows: pa.Table, symbols: Sequence[str]) -> pa.Table:
    """Rows in today's shares with the splits of later minutes undone."""
    owner, instant = rows["symbol"].to_numpy(), rows["instant"].to_numpy()
    ratio, shares = rows["split"].to_numpy(), np.ones(len(rows))
    for symbol in symbols:
        own = owner == symbol
        split = own & (ratio > 0)
        shares[own] = later_splits(instant[own], instant[split], ratio[split])
    for name in REQUIRED:
        by = pa.array(1 / shares if name == "volume" else shares)
        rows = rows.set_column(rows.column_names.index(name), name, pc.multiply(rows[name], by))
    return rows


def _in_order(rows: pa.Table, symbols: Sequence[str]) -> pa.Table:
    place = pc.index_in(rows["symbol"], pa.array(symbols, pa.string()))
    order = pc.sort_indices(
        rows.append_column("place", place), [("place", "ascending"), ("instant", "ascending")]
    )
    return rows.take(order)


def _missing(symbol: str, rows: pa.Table, request: Request) -> SymbolError:
    own = rows.filter(pc.equal(rows["symbol"], symbol))
    if not len(own):
        return SymbolError(symbol, "empty", f"{request.location} has no minute bars of it")
    span = pc.min_max(own["instant"]).as_py()
    return SymbolError(
        symbol, "empty",
        f"none from {request.start} to {request.end}; {request.location} has "
        f"{span['min']:%Y-%m-%d %H:%M} to {span['max']:%Y-%m-%d %H:%M} UTC",
    )  # fmt: skip
