"""The fills file: run,symbol,side,quantity,price[,commission,filled_at,id,account,limit_price]; a row a fill.

`limit_price` is the order's, for who fills the file in (tasks/report/files/orders_file.py); it is not read.
"""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from config.holdings import MOST, cells_of, check_header, read_text
from quant.book.book import Side
from quant.errors import InputError

REQUIRED = ("run", "symbol", "side", "quantity", "price")
OPTIONAL = ("commission", "filled_at", "id", "account", "limit_price")
LONGEST_ID = 200
REMEDY = "Name a CSV file with the columns run,symbol,side,quantity,price."


@dataclass(frozen=True)
class Fill:
    """One execution as it was reported.

    `price` is in the instrument's own unit, `commission` in the portfolio's currency. `filled_at` is an ISO
    instant in UTC or a day. `id` is the broker's, None where it gave none; `account` is None for a
    portfolio without accounts. `where` names file and line.
    """

    where: str
    run: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal
    filled_at: str | None
    id: str | None
    account: str | None


def read_fills(path: Path) -> tuple[Fill, ...]:
    """The fills of a file, in file order.

    Raises:
        InputError: the file is missing, empty or a row is not right; the sentence names line and value.
    """
    reader = csv.DictReader(io.StringIO(read_text(path, "the fills file", REMEDY), newline=""))
    try:
        check_header(path, reader.fieldnames, REQUIRED, OPTIONAL)
        fills = tuple(_fill(f"{path} line {reader.line_num}", row) for row in reader)
    except csv.Error as error:
        raise InputError(
            f"{path} line {reader.line_num}: {error}. Save the fills as a plain CSV file."
        ) from None
    if not fills:
        raise InputError(f"{path}: holds no fill. Write one row for each execution.")
    return fills


def _fill(where: str, row: dict[str, str | None]) -> Fill:
    cells = cells_of(where, row)
    if not cells["run"] or cells["run"] == "latest":
        raise InputError(
            f"{where}: run {cells['run']!r} must be the id of a run or its beginning, as `ballast show` "
            "has it: which run is the latest changes."
        )
    return Fill(
        where=where,
        run=cells["run"],
        symbol=cells["symbol"],
        side=_side(where, cells["side"]),
        quantity=_number(where, "quantity", cells["quantity"], above=True),
        price=_number(where, "price", cells["price"], above=True),
        commission=_number(where, "commission", cells.get("commission") or "0", above=False),
        filled_at=_moment(where, cells["filled_at"]) if cells.get("filled_at") else None,
        id=_id(where, cells["id"]) if cells.get("id") else None,
        account=cells.get("account") or None,
    )


def _side(where: str, text: str) -> Side:
    if text == "BUY":
        return "BUY"
    if text == "SELL":
        return "SELL"
    raise InputError(f"{where}: side {text!r} must be BUY or SELL.")


def _number(where: str, column: str, text: str, *, above: bool) -> Decimal:
    try:
        value = Decimal(text.replace("_", "?"))  # Python reads 1_000; nobody else does
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or value < 0 or (above and value == 0) or value > Decimal(MOST):
        least = "above 0" if above else "of at least 0"
        raise InputError(
            f"{where}: {column} {text!r} must be a number {least} and at most {MOST:g}, written as 1234.5."
        )
    return value


def _id(where: str, text: str) -> str:
    """A broker's id, which a line of a terminal and the command line can hold."""
    if not text.isprintable() or len(text) > LONGEST_ID:
        raise InputError(
            f"{where}: id {text[:LONGEST_ID]!r} must be at most {LONGEST_ID} characters on one line, without "
            "tabs or control characters. Leave the cell empty where there is no other: the row then counts "
            "by its content."
        )
    return text


def _moment(where: str, text: str) -> str:
    """An instant as ISO text in UTC, or a day."""
    try:
        if len(text) == len("2024-12-31"):
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        pass
    raise InputError(
        f"{where}: filled_at {text!r} must be an instant with Z or an offset such as "
        "2024-12-31T15:30:00-05:00, or a day such as 2024-12-31."
    )
