"""Files as people have them, read into one kind of table, or refused with the cell that is wrong."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from quant.errors import InputError
from tasks.context.instants import deliveries
from tasks.sources._columns import (
    LAYOUT,
    OPTIONAL,
    REQUIRED,
    known_columns,
    plain,
    refuse_unknown_actions,
)
from tasks.sources._days import Exchange, Unplaced, WithinDays, as_written, on_exchange
from tasks.sources._frames import NO_TRADED_PRICES, Frame, read_frame
from warehouse.tables.batches import Interval

MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-"]
HEAD = 4096
NAMED = ("symbol", "session")
ALLOWED = {
    "session": "a date as YYYY-MM-DD or an instant as 2024-01-02T14:30:00Z",
    "split": "a number of new shares for one old share, such as 4 for a split of 4:1",
}


@dataclass(frozen=True)
class Part:
    """One file: its columns by Ballast's names (`columns["close"]` is its own "Close"), and their types.

    Without a column "symbol" the whole file belongs to the symbol that it is named for. `frame` is the head
    of a CSV file as pandas writes yfinance's frames.
    """

    path: Path
    columns: dict[str, str]
    types: dict[str, pa.DataType]
    frame: Frame | None = None

    @property
    def split_adjusted(self) -> bool:
        """Whether prices, volumes and payouts are in today's shares, as yfinance writes a history."""
        return plain(self.columns.get("split", "")) == "stocksplits"

    @property
    def gains_contained(self) -> bool:
        """Whether dividends contain the capital gains beside them, as those of yfinance do."""
        return plain(self.columns.get("capital_gain", "")) == "capitalgains"

    @property
    def numbers(self) -> list[str]:
        return [name for name in (*REQUIRED, *OPTIONAL) if name in self.columns]


def find_parts(path: Path, symbols: Sequence[str] | None, interval: Interval = "1d") -> list[Part]:
    """The files under `path` that can hold any of `symbols` (None: any at all), as bars of an interval.

    Raises:
        InputError: what is asked for is no such file, or the files are not alike.
    """
    try:
        path.stat()
    except OSError:
        raise InputError(
            f"{path} does not exist: give a .parquet file, a .csv file or a folder of .csv files"
        ) from None
    if not path.is_dir():
        return [_part(path, symbols, interval)]
    files = _csv_files(path)
    if not files and (archived := deliveries(path)):
        files = _csv_files(path := archived[-1])  # of an archive, the newest that the vendor has delivered
    if not files:
        raise InputError(f"{path} holds no .csv file: put one there, or give the path of a .parquet file")
    # A file that is named for another symbol may have any columns: nobody asked for it.
    parts = [
        _part(file, symbols, interval)
        for file in files
        if symbols is None or file.stem in symbols or "symbol" in known_columns(file, _schema(file).names)
    ]
    for part in parts[1:]:
        if (part.frame is None) != (parts[0].frame is None):
            raise InputError(
                f"{part.path} and {parts[0].path.name} have different layouts (one of them is a frame of "
                "yfinance, the other is not): make them alike"
            )
        if (part.split_adjusted, part.gains_contained) != (parts[0].split_adjusted, parts[0].gains_contained):
            raise InputError(
                f"{part.path} and {parts[0].path.name} name splits or capital gains differently (as yfinance "
                "does, whose prices count them, or not): make them alike"
            )
        if part.numbers != parts[0].numbers:
            raise InputError(
                f"{part.path} and {parts[0].path.name} have different columns "
                f"({', '.join(part.numbers)}; {', '.join(parts[0].numbers)}): make them alike"
            )
    return parts


def read_part(
    part: Part, symbols: Sequence[str] | None, exchange: Exchange | None, *, everything: bool
) -> pa.Table:
    """The rows of `symbols` (None: all): symbol (string), session (date32), numbers (float64, NULL for NaN).

    An instant is of the day that it has on the `exchange` of its symbol; without one, as it is written.
    Without `everything` only what could still be refused is read: numbers that the file stores as numbers are
    left out. InputError names the row (counted from 1, below the header), the column and the value.
    """
    doubtful = {name for name, kind in part.types.items() if name == "session" or not _is_number(kind)}
    names = [name for name in part.columns if everything or name in doubtful]
    try:
        table = _load(part, names, symbols)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{part.path} cannot be read: {_first_line(error)}") from error
    converted = {name: _convert(table[name], part, name) for name in names}
    if "symbol" not in converted:
        converted["symbol"] = pa.chunked_array([pa.repeat(pa.scalar(part.path.stem), table.num_rows)])
    if exchange:
        converted["session"] = _placed(table["session"], converted["symbol"], part, symbols, exchange)
    rows = pa.table(converted)
    return rows if symbols is None else rows.filter(pc.is_in(rows["symbol"], pa.array(symbols, pa.string())))


def _csv_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() == ".csv")


def _part(path: Path, symbols: Sequence[str] | None, interval: Interval) -> Part:
    schema = _schema(path)
    frame = read_frame(path) if path.suffix.lower() == ".csv" else None
    if not _has_rows(path, below=frame.lines if frame else 1):
        raise InputError(f"{path} is empty: it has column names and not one row below them")
    if frame:
        return Part(path, frame.columns, dict.fromkeys(frame.columns, pa.string()), frame)
    columns = known_columns(path, schema.names, interval)
    named_for_symbol = symbols is None or path.stem in symbols
    missing = [name for name in REQUIRED if name not in columns]
    missing += [name for name in ("symbol",) if name not in columns and not named_for_symbol]
    missing += [name for name in ("session",) if name not in columns]
    if missing:
        raise InputError(f"{path} lacks the column {', '.join(missing)}: {LAYOUT}")
    refuse_unknown_actions(path, schema.names, columns)
    if interval == "1m":  # payouts and adjusted closes are those of daily bars
        columns = {name: own for name, own in columns.items() if name in {*NAMED, *REQUIRED, "split"}}
    part = Part(
        path, columns, {name: schema.field(schema.names.index(own)).type for name, own in columns.items()}
    )
    # yfinance adjusts the prices of days for dividends, and those of minutes never.
    if interval == "1d" and part.split_adjusted and "adj_close" not in columns:
        raise InputError(
            f"{path} has yfinance's column {columns['split']!r} and lacks the adjusted close, a column Adj "
            f"Close: {NO_TRADED_PRICES}. Prices as traded have their splits in a column split"
        )
    return part


def _schema(path: Path) -> pa.Schema:
    suffix = path.suffix.lower()
    if suffix not in {".parquet", ".csv"}:
        raise InputError(f"{path} is neither .parquet nor .csv: give such a file or a folder of .csv files")
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty: {LAYOUT}")
        return pq.read_schema(path) if suffix == ".parquet" else _csv_schema(path)
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        kind = "a Parquet" if suffix == ".parquet" else "a CSV (UTF-8 text)"
        raise InputError(f"{path} is not {kind} file, though it is named so: {_first_line(error)}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {_first_line(error)}") from error


def _csv_schema(path: Path) -> pa.Schema:
    """Every cell of a CSV file is text until it has been converted."""
    with path.open("rb") as file:
        if b"\0" in file.read(HEAD):
            raise csv.Error("it holds binary data")
    with path.open(encoding="utf-8-sig", newline="") as text:
        return pa.schema([(name, pa.string()) for name in next(csv.reader(text))])


def _has_rows(path: Path, *, below: int) -> bool:
    if path.suffix.lower() == ".parquet":
        return bool(pq.read_metadata(path).num_rows)
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as text:
        return any(line.strip() for line in islice(text, below, None))


def is_intraday(part: Part) -> bool:
    """Whether a file that is named for its symbol has several instants of one day."""
    if "symbol" in part.columns:
        return False
    days = as_written(_load(part, ["session"], None)["session"])
    different = int(pc.count_distinct(days).as_py())
    return different < len(days) and pc.count_distinct(read_instants(part)).as_py() > different  # else twice


def read_instants(part: Part) -> pa.Array:
    """The instants of all rows, in the file's order; a day alone is its midnight, UTC without an offset."""
    return read_moments(part)[0]


def read_moments(part: Part) -> tuple[pa.Array, pa.Array]:
    """The instants of all rows, in the file's order, and whether each is written without an offset from UTC.

    Raises:
        InputError: a cell is no instant of ISO 8601.
    """
    try:
        column = _load(part, ["session"], None)["session"].cast(pa.string())
        texts = column.combine_chunks().dictionary_encode()  # instants repeat for every symbol
        moments = [datetime.fromisoformat(text.strip()) for text in texts.dictionary.to_pylist()]
    except (ValueError, pa.ArrowInvalid) as error:
        raise InputError(f"{part.path}: {_first_line(error)}; write instants as ISO 8601") from error
    own = [moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) for moment in moments]
    bare = [moment.tzinfo is None for moment in moments]
    instants = pa.array(own, pa.timestamp("us", "UTC"))
    return instants.take(texts.indices), pa.array(bare, pa.bool_()).take(texts.indices)


def _load(part: Part, names: Sequence[str], symbols: Sequence[str] | None) -> pa.Table:
    own = [part.columns[name] for name in names]
    if part.path.suffix.lower() == ".csv":
        frame = part.frame
        table = pyarrow.csv.read_csv(
            part.path,
            read_options=frame and pyarrow.csv.ReadOptions(skip_rows=frame.lines, column_names=frame.names),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=own, column_types=dict.fromkeys(own, pa.string())
            ),
        )
    else:
        asked = _asked(part, symbols)
        table = pq.read_table(part.path, columns=own, filters=asked, partitioning=None)
    return table.select(own).rename_columns(list(names))


def _asked(part: Part, symbols: Sequence[str] | None) -> pc.Expression | None:
    """Lets Parquet skip what nobody asked for; text of other types (categories) is filtered later."""
    kind = part.types.get("symbol")
    if symbols is not None and kind in {pa.string(), pa.large_string()}:
        return pc.field(part.columns["symbol"]).isin(pa.array(symbols, kind))
    return None


def _convert(column: pa.ChunkedArray, part: Part, name: str) -> pa.ChunkedArray:
    try:
        if name == "symbol":
            return pc.utf8_trim_whitespace(column.cast(pa.string()))
        if name == "session":
            return as_written(column)
        return _numbers(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        allowed = ALLOWED.get(name, "a number with a decimal point")
        row, value = _culprit(column, name)
        raise InputError(
            f"{part.path}, row {row}, column {part.columns[name]!r}: {value!r} is not {allowed}"
        ) from error


def _placed(
    column: pa.ChunkedArray,
    owners: pa.ChunkedArray,
    part: Part,
    symbols: Sequence[str] | None,
    exchange: Exchange,
) -> pa.ChunkedArray:
    try:
        return on_exchange(column, owners, exchange, None if symbols is None else set(symbols))
    except Unplaced as unplaced:
        value = str(column[unplaced.row].as_py())
        raise InputError(
            f"{part.path}, row {unplaced.row + 1}, column {part.columns['session']!r}: {value!r} {unplaced}: "
            "write the day as YYYY-MM-DD, or name the exchange with --calendar"
        ) from unplaced
    except WithinDays as found:
        raise InputError(
            f"{part.path} has {found}, and a daily bar is one row for each session: load minute bars with "
            "`ballast data minutes`, or give a file of daily bars"
        ) from found


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not _is_number(column.type):
        text = pc.utf8_trim_whitespace(column.cast(pa.string()))
        column = pc.if_else(pc.is_in(text, pa.array(MISSING)), pa.scalar(None, pa.string()), text)
    numbers = column.cast(pa.float64(), safe=False)
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)


def _culprit(column: pa.ChunkedArray, name: str) -> tuple[int, Any]:
    """The first cell that cannot be converted: its row, from 1, and its value; found by halving."""
    convert = as_written if name == "session" else _numbers
    begin, end = 0, len(column)
    while end - begin > 1:
        middle = (begin + end) // 2
        try:
            convert(column.slice(begin, middle - begin))
            begin = middle
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            end = middle
    return end, column[begin].as_py()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
