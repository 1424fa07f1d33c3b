"""Fills booked into a portfolio's own files, as new texts: every other row, line and comment stays."""

import csv
import io
import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from config.holdings import REMEDY, read_text
from quant.book import Side
from quant.errors import InputError

CASH = re.compile(r"^([ \t]*cash[ \t]*=[ \t]*)([^\s#]+)", re.MULTILINE)
HOLDINGS = re.compile(r"^[ \t]*holdings[ \t]*=", re.MULTILINE)
TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
CENTS = Decimal("1e-6")
"""Cash is kept to a millionth, so that a rate's digits do not pile up."""


@dataclass(frozen=True)
class Execution:
    """What changes holdings: shares, their price in the instrument's unit, the day, the cash that moved."""

    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    day: date
    cash: Decimal


Row = dict[str, str]


def book(file: Path, holdings: Path, executions: Sequence[Execution]) -> dict[Path, str]:
    """The texts of a portfolio file and of its holdings file after some executions; both have been read.

    A purchase is a lot of its own where the holdings file has the column `acquired`, else it is added to the
    symbol's row; a sale takes the oldest lots first. A sold-out lot leaves the file.

    Raises:
        InputError: the portfolio file has no place for the cash, or more is sold than is held.
    """
    moved = sum((one.cash for one in executions), Decimal())
    return {file: _with_cash(file, moved), holdings: _with_lots(holdings, executions)}


def _with_cash(file: Path, moved: Decimal) -> str:
    """The text with the cash that has moved and no other change, which is proven by reading it again."""
    text = read_text(file, "the portfolio file", "Put it back.")
    raw = tomllib.loads(text)
    number = _written((Decimal(str(raw.get("cash", 0.0))) + moved).quantize(CENTS), least=1)
    own = text[: found.start()] if (found := TABLE.search(text)) else text
    if CASH.search(own):
        changed = CASH.sub(lambda line: line[1] + number, own, count=1)
    else:
        changed = HOLDINGS.sub(lambda line: f"cash = {number}\n{line[0]}", own, count=1)
    changed += text.removeprefix(own)
    with suppress(tomllib.TOMLDecodeError):
        if tomllib.loads(changed) == raw | {"cash": float(number)}:
            return changed
    raise InputError(f"{file}: the cash cannot be written. Give it a line of its own: cash = {number}")


def _with_lots(file: Path, executions: Sequence[Execution]) -> str:
    text = read_text(file, "the holdings file", REMEDY)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = list(reader.fieldnames or ())
    rows = [{key.strip(): (value or "").strip() for key, value in row.items()} for row in reader]
    for one in executions:
        rows = _bought(rows, columns, one) if one.side == "BUY" else _sold(file, rows, one)
    written = io.StringIO(newline="")
    ending = "\r\n" if "\r\n" in text else "\n"
    writer = csv.writer(written, lineterminator=ending)
    writer.writerow(columns)
    writer.writerows([row.get(name.strip(), "") for name in columns] for row in rows)
    return written.getvalue()


def _bought(rows: list[Row], columns: list[str], one: Execution) -> list[Row]:
    dated = "acquired" in [name.strip() for name in columns]
    lot = {"symbol": one.symbol, "acquired": one.day.isoformat() if dated else ""}
    same = {name: value for name, value in lot.items() if value}
    place = next((i for i, row in enumerate(rows) if same.items() <= row.items()), None)
    if place is None:
        return [*rows, lot | {"quantity": _written(one.quantity), "cost_basis": _written(one.price)}]
    row = rows[place]
    held = Decimal(row["quantity"])
    total = held + one.quantity
    basis = row.get("cost_basis")
    # What the shares before have cost is not known: nor is it then of all of them.
    mean = (Decimal(basis) * held + one.price * one.quantity) / total if basis else None
    changed = {"quantity": _written(total), "cost_basis": _written(mean.quantize(CENTS)) if mean else ""}
    return [*rows[:place], row | changed, *rows[place + 1 :]]


def _sold(file: Path, rows: list[Row], one: Execution) -> list[Row]:
    """The oldest lots first; what has no date is older than what has one."""
    left = one.quantity
    own = [i for i, row in enumerate(rows) if row["symbol"] == one.symbol]
    held = sum((Decimal(rows[i]["quantity"]) for i in own), Decimal())
    if held < left:
        raise InputError(
            f"{file} holds {_written(held)} {one.symbol}, and {_written(left)} were sold. "
            "Bring it to what was held before these fills."
        )
    changed = list(rows)
    for i in sorted(own, key=lambda i: rows[i].get("acquired") or ""):
        taken = min(left, Decimal(rows[i]["quantity"]))
        left -= taken
        changed[i] = rows[i] | {"quantity": _written(Decimal(rows[i]["quantity"]) - taken)}
    return [row for i, row in enumerate(changed) if i not in own or Decimal(row["quantity"])]


def _written(value: Decimal, least: int = 0) -> str:
    """A decimal as a person writes it: no exponent, no zeros at the end but `least` decimals."""
    digits = f"{value:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}.{'0' * least}" if least and "." not in digits else digits
