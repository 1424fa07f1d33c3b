"""Anyone's own data: a Parquet file, a CSV file, or a folder of CSV files; prices as traded."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from quant.errors import InputError
from quant.market.adjust import derive_distributions
from quant.market.panel import Floats
from tasks.context.symbols import require_symbols
from tasks.sources import ACTIONS, ADJUSTED, AHEAD, BARS, Delivery, Request, SymbolError
from tasks.sources._columns import REQUIRED
from tasks.sources._gains import apart
from tasks.sources._minute_files import read_minutes
from tasks.sources._reading import Part, find_parts, read_part
from tasks.sources._splits import later_splits, standing
from warehouse.tables.batches import Interval

LOCATED = True
INTERVALS: tuple[Interval, ...] = ("1d", "1m")
VENDOR = None
Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parsed:
    """The asked rows: tables of the schemas BARS, ACTIONS, ADJUSTED and AHEAD."""

    bars: pa.Table
    actions: pa.Table
    adjusted: pa.Table
    ahead: pa.Table = field(default_factory=AHEAD.empty_table)


@dataclass(frozen=True)
class Survey:
    """What a path holds: symbols, first and last session, `rows` (symbol, session), its files' digest."""

    symbols: tuple[str, ...]
    first: date
    last: date
    rows: pa.Table = field(repr=False)
    digest: str


def survey(path: Path, calendar: str | None = None) -> Survey:
    """Read everything under `path` that could be refused, and tell what is there.

    Instants are days of the calendar; without one, as they are written.

    Raises:
        InputError: a file or a cell cannot be used, or there is not one row with a symbol and a session.
    """
    parts = find_parts(path, None)
    exchange = (lambda _: calendar) if calendar else None
    tables = [read_part(part, None, exchange, everything=False) for part in parts]
    tables = [table.select(["symbol", "session"]) for table in tables]
    rows = pa.concat_tables(tables).drop_null()
    if not rows.num_rows:
        raise InputError(f"{path} has not one row with a symbol and a session: give a file that has")
    symbols = tuple(sorted(pc.unique(rows["symbol"]).to_pylist()))
    require_symbols(symbols, str(path))
    span = pc.min_max(rows["session"]).as_py()
    return Survey(symbols, span["min"], span["max"], rows, _digest(parts))


def begins(request: Request) -> date | None:
    """The first session of any asked symbol; None when the file has none of them, and for minute bars.

    InputError for a path or a cell that cannot be used: text is read whole, Parquet only as far as it
    could hold such a cell.
    """
    if request.interval == "1m":
        read_minutes(request)
        return None
    parts = find_parts(Path(request.location), request.symbols)
    exchange = request.calendars.get
    tables = [read_part(part, request.symbols, exchange, everything=False) for part in parts]
    firsts = [pc.min(table["session"]).as_py() for table in tables if table.num_rows]
    return min(firsts, default=None)


def fetch(request: Request) -> Delivery:
    """Read what is asked for; `digest` is the SHA-256 over the names and bytes of the files read."""
    if request.interval == "1m":
        bars, errors, parts = read_minutes(request)
        return Delivery(bars, ACTIONS.empty_table(), ADJUSTED.empty_table(), errors, _digest(parts))
    parts = find_parts(Path(request.location), request.symbols)
    exchange = request.calendars.get
    tables = [read_part(part, request.symbols, exchange, everything=True) for part in parts]
    return deliver(parts, tables, request)


def deliver(parts: Sequence[Part], tables: Sequence[pa.Table], request: Request) -> Delivery:
    """The delivery that the parts' tables (as `read_part` returns them) make."""
    parsed = parse(
        tables, request,
        split_adjusted=any(part.split_adjusted for part in parts),
        gains_contained=any(part.gains_contained for part in parts),
    )  # fmt: skip
    found = set(pc.unique(parsed.bars["symbol"]).to_pylist())
    errors = tuple(_missing(symbol, tables, request) for symbol in request.symbols if symbol not in found)
    for number, symbol in enumerate(request.symbols, start=1):
        request.progress(number, len(request.symbols), symbol)
    knows_distributions = any({"dividend", "adj_close"} & part.columns.keys() for part in parts)
    return Delivery(
        parsed.bars,
        parsed.actions,
        parsed.adjusted,
        errors,
        _digest(parts),
        returns="total" if knows_distributions else "price",
        ahead=parsed.ahead,
    )


def parse(
    tables: Sequence[pa.Table],
    request: Request,
    *,
    split_adjusted: bool = False,
    gains_contained: bool = False,
) -> Parsed:
    """Sort rows by symbol (in the order asked) and session, and keep the asked range.

    `tables` are as `read_part` returns them, all with the same columns. Distributions are derived where there
    is an adjusted close but no dividend column, from all rows: one on the first asked session is found too.
    With `split_adjusted` all splits after a row are undone that its price counts. `gains_contained`:
    dividends contain the capital gains beside them where the price does not say otherwise, as derived ones
    always do. A row that stands twice with the same values is one; of others the checks reject all.
    """
    if not tables:
        return Parsed(BARS.empty_table(), ACTIONS.empty_table(), ADJUSTED.empty_table())
    whole = pa.concat_tables([table.select(tables[0].column_names) for table in tables])
    rows, keys = _once(*_sorted(whole, request.symbols))
    derived = "adj_close" in rows.column_names and "dividend" not in rows.column_names
    if derived:
        rows = rows.append_column("dividend", pa.array(_distributions(rows, keys)))
    ahead = AHEAD.empty_table()
    if split_adjusted:
        rows, ahead = _as_traded(rows, keys, request.end)
    asked = pc.less_equal(rows["session"], pa.scalar(request.end))
    if request.start:
        asked = pc.and_(asked, pc.greater_equal(rows["session"], pa.scalar(request.start)))
    rows = rows.filter(asked)
    adjusted = ADJUSTED.empty_table()
    if "adj_close" in rows.column_names:
        adjusted = rows.select(ADJUSTED.names).filter(rows["adj_close"].is_valid())
    bars, actions = rows.select(BARS.names), _actions(rows, derived=derived)
    return Parsed(bars, apart(bars, actions, contained=gains_contained or derived), adjusted, ahead)


def _sorted(rows: pa.Table, symbols: Sequence[str]) -> tuple[pa.Table, Keys]:
    """Rows in order, and one number per row with this order, equal for the same symbol and session."""
    place = pc.index_in(rows["symbol"], pa.array(symbols, pa.string())).to_numpy().astype(np.int64)
    day = rows["session"].cast(pa.int32()).to_numpy().astype(np.int64)
    keys = (place << 32) + day
    if np.all(keys[1:] >= keys[:-1]):
        return rows, keys
    order = np.argsort(keys, kind="stable")
    return rows.take(pa.array(order)), keys[order]


def _once(rows: pa.Table, keys: Keys) -> tuple[pa.Table, Keys]:
    """Sorted rows without those that repeat the row before them in every value, NULL included."""
    second = np.flatnonzero(keys[1:] == keys[:-1]) + 1
    if not second.size:
        return rows, keys
    pairs = rows.take(pa.array(second - 1)).to_pylist(), rows.take(pa.array(second)).to_pylist()
    same = [one == other for one, other in zip(*pairs, strict=True)]
    keep = np.ones(len(keys), dtype=bool)
    keep[second[same]] = False
    return rows.filter(pa.array(keep)), keys[keep]


def _distributions(rows: pa.Table, keys: Keys) -> Floats:
    """Derived distributions, aligned with the sorted rows; 0.0 on the second and later rows of a session."""
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    close, adj_close = (rows[name].to_numpy()[first] for name in ("close", "adj_close"))
    splits = rows["split"].to_numpy()[first] if "split" in rows.column_names else np.ones(len(first))
    splits = np.where(np.isnan(splits) | (splits == 0), 1.0, splits)
    edges = np.flatnonzero(np.diff(keys[first] >> 32, prepend=-1, append=-1))
    result = np.zeros(len(keys))
    for begin, end in pairwise(edges):
        one = slice(begin, end)
        result[first[one]] = derive_distributions(close[one], adj_close[one], splits[one])
    return result


def _as_traded(rows: pa.Table, keys: Keys, end: date) -> tuple[pa.Table, pa.Table]:
    """Sorted rows in today's shares, with the splits of later rows undone; and the splits that are ahead."""
    ratio, opens, closes = (rows[name].to_numpy() for name in ("split", "open", "close"))
    days = rows["session"].to_numpy().astype("datetime64[D]")
    split = (ratio > 0) & np.isfinite(ratio) & (ratio != 1)
    shares, ahead = np.ones(len(keys)), np.zeros(len(keys), dtype=bool)
    for begin, end_row in pairwise(np.flatnonzero(np.diff(keys >> 32, prepend=-1, append=-1))):
        one = slice(begin, end_row)
        announced = begin + np.flatnonzero(split[one])
        found = standing(days[one], opens[one], closes[one], days[announced], ratio[announced])
        ahead[announced] = found.ahead
        # Up to `end`, what older rows do not count is for the checks to find; a later split they never see.
        undone = announced[found.counted | (days[announced] <= np.datetime64(end))]
        shares[one] = later_splits(days[one], days[undone], ratio[undone])
    for name in (*REQUIRED, "dividend", "capital_gain"):
        if name in rows.column_names:
            by = pa.array(1 / shares if name == "volume" else shares)
            place = rows.column_names.index(name)
            rows = rows.set_column(place, name, pc.multiply(rows[name], by))
    coming = rows.filter(pa.array(ahead)).select(["symbol", "session", "split"])
    return rows, coming.rename_columns(AHEAD.names).cast(AHEAD)


def _actions(rows: pa.Table, *, derived: bool) -> pa.Table:
    """What a row says that happened on its session; NULL, and 0 (for a split also 1), mean nothing did."""
    tables = [ACTIONS.empty_table()]
    for kind, nothing in (("split", (0.0, 1.0)), ("dividend", (0.0,)), ("capital_gain", (0.0,))):
        if kind not in rows.column_names:
            continue
        happened = rows.filter(pc.invert(pc.is_in(rows[kind], pa.array([*nothing, None], pa.float64()))))
        count = happened.num_rows
        columns = [
            happened["symbol"],
            happened["session"],
            pa.repeat(pa.scalar(kind), count),
            happened[kind],
            pa.repeat(pa.scalar(derived and kind == "dividend"), count),
        ]
        tables.append(pa.table(columns, schema=ACTIONS))
    return pa.concat_tables(tables)


def _missing(symbol: str, tables: Sequence[pa.Table], request: Request) -> SymbolError:
    days = [table["session"].filter(pc.equal(table["symbol"], symbol)) for table in tables]
    sessions = pa.chunked_array([chunk for column in days for chunk in column.chunks], pa.date32())
    if not len(sessions):
        return SymbolError(symbol, "empty", f"{request.location} has no rows of it")
    span = pc.min_max(sessions).as_py()
    asked = f"{request.start or 'its begin'} to {request.end}"
    return SymbolError(symbol, "empty", f"no rows from {asked}; the file has {span['min']} to {span['max']}")


def _digest(parts: Sequence[Part]) -> str:
    total = hashlib.sha256()
    for part in parts:
        with part.path.open("rb") as file:
            total.update(f"{part.path.name}\n{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()
