"""The holdings file: symbol,quantity[,cost_basis,acquired]; one row is a lot."""

import csv
import io
import math
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from quant.errors import InputError
from quant.policy import SYMBOL, SYMBOL_ALLOWED, Strict

REQUIRED = ("symbol", "quantity")
OPTIONAL = ("cost_basis", "acquired")
REMEDY = (
    "Put a CSV file with the columns symbol,quantity there, "
    "or mend 'holdings' (or 'accounts') in the portfolio file."
)
MOST = 1e15
"""More than anybody holds or pays: above it a number is a slip, and sums stop being exact."""


class Lot(Strict):
    """Shares of one symbol that were bought together; `cost_basis` is per share, in its price unit."""

    symbol: str
    quantity: float
    cost_basis: float | None = None
    acquired: date | None = None


def read_holdings(path: Path) -> tuple[Lot, ...]:
    """The lots of a holdings file, in file order.

    Raises:
        InputError: the file is missing or a row is not right; the sentence names file, line and value.
    """
    lots: list[Lot] = []
    seen: dict[tuple[str, date | None], int] = {}
    for line, lot, _ in read_rows(path):
        first = seen.setdefault((lot.symbol, lot.acquired), line)
        if first != line:
            when = f"acquired {lot.acquired}" if lot.acquired else "without an acquisition date"
            raise InputError(
                f"{path} line {line}: {lot.symbol} {when} stands on line {first} already. "
                "Add the two up, or give each lot its own date in 'acquired'."
            )
        lots.append(lot)
    return tuple(lots)


def read_rows(path: Path, more: tuple[str, ...] = ()) -> Iterator[tuple[int, Lot, dict[str, str]]]:
    """The line, the lot and the cells of each row of a holdings file, which has the columns `more` too.

    Raises:
        InputError: the file is missing or a row is not right; the sentence names file, line and value.
    """
    reader = csv.DictReader(io.StringIO(read_text(path, "the holdings file", REMEDY), newline=""))
    try:
        check_header(path, reader.fieldnames, (*REQUIRED, *more), OPTIONAL)
        for row in reader:
            cells = cells_of(f"{path} line {reader.line_num}", row)
            whose = f" (account {cells['account']!r})" if "account" in cells else ""
            yield reader.line_num, _lot(f"{path} line {reader.line_num}{whose}", cells), cells
    except csv.Error as error:
        raise InputError(
            f"{path} line {reader.line_num}: {error}. Save the holdings as a plain CSV file."
        ) from None


def columns_of(path: Path) -> list[str]:
    """The names in the first line of a holdings file.

    Raises:
        InputError: the file cannot be read.
    """
    text = read_text(path, "the holdings file", REMEDY)
    return [name.strip() for name in next(csv.reader(text.splitlines()[:1]), [])]


def read_text(path: Path, what: str, remedy: str) -> str:
    """The text of a CSV file that people write.

    Raises:
        InputError: it cannot be read; `remedy` says what to do.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")  # as bytes, so that line endings stay
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or no possible path
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path}: {what} cannot be read ({reason}). {remedy}") from None


def check_header(path: Path, header: object, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    """Refuse a first line that lacks a column, has an unknown one, or one twice.

    Raises:
        InputError: it names the column, and what the line must be.
    """
    columns = [str(name).strip() for name in header] if isinstance(header, list | tuple) else []
    known = (*required, *optional)
    missing = [name for name in required if name not in columns]
    unknown = [name for name in columns if name not in known]
    twice = [name for name in columns if columns.count(name) > 1]
    if missing or unknown or twice:
        problem = (
            f"lacks the column {missing[0]!r}" if missing
            else f"has an unknown column {unknown[0]!r}" if unknown
            else f"has the column {twice[0]!r} twice"
        )  # fmt: skip
        line = ",".join(required) + f"[,{','.join(optional)}]"
        raise InputError(f"{path}: {problem}. The first line must be {line}.")


def cells_of(where: str, row: dict[str, str | None]) -> dict[str, str]:
    """The trimmed cells of a row of `csv.DictReader`; its symbol is one.

    Raises:
        InputError: it has more or fewer values than columns, or its symbol is not allowed.
    """
    if None in row or None in row.values():
        raise InputError(f"{where}: has more or fewer values than the first line has columns.")
    cells = {key.strip(): (value or "").strip() for key, value in row.items()}
    if not re.fullmatch(SYMBOL, cells["symbol"]):
        raise InputError(f"{where}: symbol {cells['symbol'][:40]!r} is not allowed: {SYMBOL_ALLOWED}")
    return cells


def _lot(where: str, cells: dict[str, str]) -> Lot:
    return Lot(
        symbol=cells["symbol"],
        quantity=_number(where, "quantity", cells["quantity"]),
        cost_basis=_number(where, "cost_basis", cells["cost_basis"]) if cells.get("cost_basis") else None,
        acquired=_day(where, cells["acquired"]) if cells.get("acquired") else None,
    )


def _number(where: str, column: str, text: str) -> float:
    try:
        value = float(text.replace("_", "?"))  # Python reads 1_000; nobody else does
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST:
        raise InputError(
            f"{where}: {column} {text!r} must be a number of at least 0 and at most {MOST:g}, "
            "written as 1234.5 (short positions are not kept)."
        )
    return value


def _day(where: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{where}: acquired {text!r} must be a date such as 2024-12-31.") from None
