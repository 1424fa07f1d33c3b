"""Fills booked into a portfolio's own files, as new texts: every other row, line and comment stays."""

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from config.holdings import REMEDY, read_text
from config.lot_rows import PLACES, Execution, Taken, bought, sold, written
from quant.errors import InputError
from quant.policy import Tax

CASH = re.compile(r"^([ \t]*cash[ \t]*=[ \t]*)([^\s#]+)", re.MULTILINE)
HOLDINGS = re.compile(r"^[ \t]*holdings[ \t]*=", re.MULTILINE)
TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


@dataclass(frozen=True)
class Booked:
    """The new texts of the files, and what each execution took of which lots; nothing for a purchase."""

    texts: Mapping[Path, str]
    lots: tuple[tuple[Taken, ...], ...]


def book(file: Path, holdings: Path, tax: Tax, executions: Sequence[Execution]) -> Booked:
    """A portfolio file and its holdings file after some executions; both have been read.

    A purchase is a lot of its own where the holdings file has the column `acquired`, else it is added to the
    symbol's row; a sale takes the lots that the method of `tax` names. A sold-out lot leaves the file.

    Raises:
        InputError: the portfolio file has no place for the cash, or more is sold than is held.
    """
    moved = sum((one.cash for one in executions), Decimal())
    text, lots = _with_lots(holdings, tax, executions)
    return Booked({file: _with_cash(file, moved), holdings: text}, lots)


def _with_cash(file: Path, moved: Decimal) -> str:
    """The text with the cash that has moved and no other change, which is proven by reading it again."""
    text = read_text(file, "the portfolio file", "Put it back.")
    raw = tomllib.loads(text)
    number = written((Decimal(str(raw.get("cash", 0.0))) + moved).quantize(PLACES), least=1)
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


def _with_lots(
    file: Path, tax: Tax, executions: Sequence[Execution]
) -> tuple[str, tuple[tuple[Taken, ...], ...]]:
    text = read_text(file, "the holdings file", REMEDY)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = list(reader.fieldnames or ())
    names = [name.strip() for name in columns]
    rows = [{key.strip(): (value or "").strip() for key, value in row.items()} for row in reader]
    lots = []
    for one in executions:
        taken: tuple[Taken, ...] = ()
        if one.side == "BUY":
            rows = bought(rows, names, one)
        else:
            try:
                rows, taken = sold(rows, one, tax)
            except InputError as error:
                raise InputError(f"{file} {error}") from None
        lots.append(taken)
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n" if "\r\n" in text else "\n")
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return output.getvalue(), tuple(lots)
