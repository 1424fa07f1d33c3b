"""Which column of a broker's file means what, and on which line the table begins."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from quant.errors import InputError

Meaning = Literal["symbol", "quantity", "cost", "cost_total", "acquired", "value", "price", "name", "account"]
Choose = Callable[[Meaning, Sequence[str]], str | None]
"""Asks which of several columns has a meaning; None: nobody is there to ask."""

NEEDED: tuple[Meaning, ...] = ("symbol", "quantity")
NAMES: dict[Meaning, str] = {
    "symbol": r"symbol(/isin)?|ticker( symbol)?|instrument|security symbol|symbol/cusip|kürzel",
    "quantity": r"quantity|qty|qty \(quantity\)|shares?( owned| held)?|units?( held)?|position|holding"
    r"|stück|anzahl|nominale?|bestand|number of shares",
    "cost": r"(average|avg\.?|unit) (cost|price)( basis)?( per share)?|cost ?basis ?price|cost(/| per )share"
    r"|average ?cost ?basis|einstandskurs|einstandspreis|kaufkurs|purchase price",
    "cost_total": r"(total )?cost( basis)?( total| money)?|costbasismoney|book (cost|value)|total cost"
    r"|cost basis \(.*\)|einstandswert|kaufwert",
    "acquired": r"(date )?acquired|acquisition date|(date )?opened|open date|purchase date|trade date"
    r"|kaufdatum|date acquired",
    "value": r"(current|market|mkt|total|position) ?(val|value)( \(.*\))?|value|kurswert|marktwert",
    "price": r"(last|current|closing|close|market|mark|share)? ?price( \(.*\))?|last|mark|kurs",
    "name": r"(security |investment |product |company )?(description|name)|product|bezeichnung",
    "account": r"account( number| name| id)?|konto|depot",
}
"""Names of columns in brokers' exports, by what they mean; compared without case and outer spaces."""
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Table:
    """The rows of a broker's file below its header, as they are.

    `columns` has the index of each meaning that was found, `lines` the line number of each row in the file.
    """

    header: tuple[str, ...]
    columns: Mapping[Meaning, int]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def cell(self, row: Sequence[str], meaning: Meaning) -> str:
        """A row's cell, trimmed; empty where the file has no such column or the row is short."""
        at = self.columns.get(meaning)
        return row[at].strip() if at is not None and at < len(row) else ""


def table(path: Path, text: str, named: Mapping[Meaning, str], choose: Choose) -> Table:
    """The table in a broker's file, which may have lines above and below it.

    `named` are columns that the caller names himself; `choose` is asked where several fit.

    Raises:
        InputError: no line names symbols and quantities, or several columns fit and nobody chose.
    """
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            rows = [(reader.line_num, tuple(row)) for row in reader]
        except csv.Error as error:
            raise InputError(
                f"{path} line {reader.line_num}: {error}. Save it as a plain CSV file."
            ) from None
        for at, (_, header) in enumerate(rows):
            if all(_fitting(header, meaning, named) for meaning in NEEDED):
                below = [(line, row) for line, row in rows[at + 1 :] if any(cell.strip() for cell in row)]
                columns = _columns(path, header, named, choose)
                lines, cells = zip(*below, strict=True) if below else ((), ())
                return Table(tuple(name.strip() for name in header), columns, cells, lines)
    raise InputError(_nothing(path, text, named))


def _fitting(header: Sequence[str], meaning: Meaning, named: Mapping[Meaning, str]) -> list[int]:
    """The columns that may have a meaning."""
    if meaning in named:
        wanted = re.escape(named[meaning].strip().casefold())
        return [at for at, name in enumerate(header) if re.fullmatch(wanted, _plain(name))]
    taken = {name.strip().casefold() for name in named.values()}
    return [
        at for at, name in enumerate(header)
        if re.fullmatch(NAMES[meaning], _plain(name)) and _plain(name) not in taken
    ]  # fmt: skip


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


def _columns(
    path: Path, header: Sequence[str], named: Mapping[Meaning, str], choose: Choose
) -> dict[Meaning, int]:
    found: dict[Meaning, int] = {}
    for meaning in NAMES:
        fitting = _fitting(header, meaning, named)
        if meaning in named and not fitting:
            raise InputError(
                f"{path}: has no column {named[meaning]!r}. It has: {', '.join(filter(None, header))}."
            )
        if len(fitting) > 1:
            fitting = [_chosen(path, meaning, [header[at].strip() for at in fitting], fitting, choose)]
        if fitting:
            found[meaning] = fitting[0]
    return found


def _chosen(path: Path, meaning: Meaning, names: list[str], at: list[int], choose: Choose) -> int:
    if meaning in {"name", "account"}:  # these are only shown: the first one serves
        return at[0]
    answer = choose(meaning, names)
    if answer not in names:
        first = repr(names[0])
        raise InputError(
            f"{path}: the columns {' and '.join(map(repr, names))} may both be the {said(meaning)}. "
            f"Say which: --column {meaning}={first}."
        )
    return at[names.index(answer)]


def said(meaning: Meaning) -> str:
    """A meaning in words."""
    return {"cost": "cost per share", "cost_total": "cost of the whole position"}.get(meaning, meaning)


def _nothing(path: Path, text: str, named: Mapping[Meaning, str]) -> str:
    """That no line is the header, with the line that is most like one."""
    lines = text.splitlines()[:40]
    widest = max(lines, key=lambda line: len(re.findall(r"[,;\t|]", line)), default="")
    wanted = " and ".join(
        f"{meaning} (as {named[meaning]!r})" if meaning in named else meaning for meaning in NEEDED
    )
    return (
        f"{path}: no line names the columns {wanted}. The line with most columns is {widest[:160]!r}. "
        "Name the columns yourself: --column symbol=NAME --column quantity=NAME."
    )
