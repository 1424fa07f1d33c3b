"""The holdings file: symbol,quantity[,cost_basis,acquired]; one row is a lot."""

import csv
import io
import math
import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

from config.toml_text import decoded
from quant.errors import InputError
from quant.policy.policy import SYMBOL, SYMBOL_ALLOWED, Strict

REQUIRED = ("symbol", "quantity")
OPTIONAL = ("cost_basis", "acquired")
REMEDY = (
    "Put a CSV file with the columns symbol,quantity there, "
    "or correct 'holdings' (or 'accounts') in the portfolio file."
)
SPELLINGS = dict.fromkeys(("ticker", "instrument"), "symbol") | dict.fromkeys(
    ("shares", "qty", "units"), "quantity"
)
"""Other names of columns. A cost has none: brokers mean the whole position's by theirs."""
TOTALS = r"(?i)((account|grand|sub|portfolio)[ _-]?)?totals?"
MANY = 5
"""Wrong rows that one sentence names."""
MOST = 1e15
"""More than anybody holds or pays: above it a number is a slip, and sums stop being exact."""


class Lot(Strict):
    """Shares of one symbol that were bought together; `cost_basis` is per share, in its price unit."""

    symbol: str
    quantity: float
    cost_basis: float | None = None
    acquired: date | None = None


def read_holdings(path: Path, known: Collection[str] = (), currency: str = "") -> tuple[Lot, ...]:
    """The lots of a holdings file, in file order.

    A row CASH, or one named for the portfolio's `currency`, is a broker's row of cash unless the portfolio
    file has made that symbol `known`.

    Raises:
        InputError: the file is missing or a row is not right; the sentence names file, line and value.
    """
    lots: list[Lot] = []
    seen: dict[tuple[str, date | None], int] = {}
    for line, lot, _ in read_rows(path):
        if lot.symbol.upper() in {"CASH", currency} and lot.symbol not in known:
            raise InputError(
                f"{path} line {line}: {lot.symbol} is cash, not a holding. Write cash = {lot.quantity:.2f} "
                "in the portfolio file and remove this row (a share of that name needs an [[instrument]])."
            )
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
        mistakes: list[str] = []
        for row in reader:
            try:
                cells = cells_of(f"{path} line {reader.line_num}", row)
                whose = f" (account {cells['account']!r})" if "account" in cells else ""
                lot = _lot(f"{path} line {reader.line_num}{whose}", cells)
            except InputError as error:
                mistakes.append(str(error))
                if len(mistakes) == MANY:
                    break
                continue
            if not mistakes:
                yield reader.line_num, lot, cells
    except csv.Error as error:
        raise InputError(
            f"{path} line {reader.line_num}: {error}. Save the holdings as a plain CSV file."
        ) from None
    if mistakes:
        raise InputError(" ".join(mistakes))


def columns_of(path: Path) -> list[str]:
    """The names in the first line of a holdings file.

    Raises:
        InputError: the file cannot be read.
    """
    text = read_text(path, "the holdings file", REMEDY)
    return [column(name) for name in next(csv.reader(text.splitlines()[:1]), [])]


def column(name: str) -> str:
    """A column's own name, by a name in a first line: any case, and the common other spellings."""
    plain = name.strip().casefold()
    return SPELLINGS.get(plain, plain)


def read_text(path: Path, what: str, remedy: str) -> str:
    """The text of a CSV file that people write.

    Raises:
        InputError: it cannot be read; `remedy` says what to do.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: no possible path
        reason = getattr(error, "strerror", None) or "no possible name"
        raise InputError(f"{path}: {what} cannot be read ({reason}). {remedy}") from None
    return decoded(content, f"{path}: {what}")


def check_header(path: Path, header: object, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    """Refuse a first line that lacks a column, has an unknown one, or one twice.

    Raises:
        InputError: it names the column, and what the line must be.
    """
    columns = [column(str(name)) for name in header] if isinstance(header, list | tuple) else []
    line = ",".join(required) + f"[,{','.join(optional)}]"
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(columns) == 1 and mark in columns[0]:
            raise InputError(
                f"{path}: separates its columns by {called}. Save it with commas, and numbers as 1234.5: "
                f"the first line must be {line}."
            )
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
        raise InputError(f"{path}: {problem}. The first line must be {line}.")


def cells_of(where: str, row: dict[str, str | None]) -> dict[str, str]:
    """The trimmed cells of a row of `csv.DictReader`; its symbol is one.

    Raises:
        InputError: it has more or fewer values than columns, or its symbol is not allowed.
    """
    if None in row or None in row.values():
        raise InputError(f"{where}: has more or fewer values than the first line has columns.")
    cells = {column(key): (value or "").strip() for key, value in row.items()}
    if re.fullmatch(TOTALS, cells["symbol"]):
        raise InputError(f"{where}: {cells['symbol']!r} sums up other rows. Remove this row.")
    if not re.fullmatch(SYMBOL, cells["symbol"]):
        raise InputError(f"{where}: symbol {cells['symbol'][:40]!r} is not allowed: {SYMBOL_ALLOWED}.")
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
