"""The positions in a broker's export: holdings, cash, what was left out and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from config.broker.columns import Choose, Meaning, Table, table
from config.broker.numbers import Decimal, decimal_of, is_empty, number
from config.holdings import TOTALS, Lot, read_text
from quant.errors import InputError
from quant.policy.policy import SYMBOL, SYMBOL_ALLOWED

REMEDY = "Name the CSV file with your positions that your broker exports."
CASH_SYMBOLS = r"(?i)cash|.*\*\*|[A-Z]{3} cash|cash & cash investments|cash balance|settlement fund"
CASH_NAMES = r"(?i).*\b(cash & cash investments|money market|cash balance|settlement fund|core cash)\b.*"
CLASS_SHARE = re.compile(r"([A-Z]{1,5})[./ ]([AB])")
DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%b-%d-%Y", "%b %d, %Y", "%Y%m%d")
"""How brokers write a day. Day before month with slashes is not guessed."""


@dataclass
class Positions:
    """What a broker says is held.

    `lots` has a row for each symbol and day of purchase. `values` is the market value of each symbol, in the
    file's currency; a symbol without one is not in it. `notes` are sentences for the reader.
    """

    lots: list[Lot] = field(default_factory=list)
    cash: float = 0.0
    values: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_positions(
    path: Path,
    currency: str,
    named: Mapping[Meaning, str],
    choose: Choose,
    *,
    decimal: Decimal | None = None,
    account: str | None = None,
) -> Positions:
    """The positions in a broker's CSV export, of one `account` or of all of them together.

    Raises:
        InputError: it cannot be read, or a row cannot be understood; file, line and value are named.
    """
    found = table(path, read_text(path, "the broker's file", REMEDY), named, choose)
    rows = _of_account(path, found, account)
    cells = [
        found.cell(row, name) for _, row in rows for name in ("quantity", "value", "price", "cost_total")
    ]
    decimal = decimal or decimal_of(cell for cell in cells if not is_empty(cell))
    if decimal is None:
        example = next(cell for cell in cells if re.search(r"[.,]\d{3}\b", cell))
        raise InputError(
            f"{path}: {example!r} may be read with a comma or with a point as the decimal mark. "
            "Say which: --decimal point or --decimal comma."
        )
    positions = Positions()
    reader = _Reader(path, found, currency, decimal, positions)
    for line, row in rows:
        reader.take(line, row)
    if not positions.lots:
        raise InputError(f"{path}: holds no position. {REMEDY}")
    positions.lots = _summed(positions)
    return positions


@dataclass(frozen=True)
class _Reader:
    path: Path
    table: Table
    currency: str
    decimal: Decimal
    positions: Positions

    def take(self, line: int, row: Sequence[str]) -> None:
        """Add one row: a holding, cash, or a line that is none of both."""
        symbol, quantity = self.table.cell(row, "symbol"), self.table.cell(row, "quantity")
        name, where = self.table.cell(row, "name"), f"{self.path} line {line}"
        if self._is_cash(symbol, name):
            self._add_cash(where, symbol, row)
        elif is_empty(symbol) or is_empty(quantity) or re.fullmatch(TOTALS, symbol):
            left = symbol or next((cell.strip() for cell in row if cell.strip()), "")
            self.positions.notes.append(f"Line {line} was left out: {left[:60]!r} is no position.")
        else:
            self._add_lot(where, symbol, quantity, row)

    def _is_cash(self, symbol: str, name: str) -> bool:
        plain = symbol.upper() in {"CASH", self.currency} or bool(re.fullmatch(CASH_SYMBOLS, symbol))
        return plain or bool(re.fullmatch(CASH_NAMES, name) and not re.fullmatch(SYMBOL, symbol))

    def _number(self, where: str, row: Sequence[str], meaning: Meaning) -> float | None:
        text = self.table.cell(row, meaning)
        return None if is_empty(text) else number(f"{where}: {meaning}", text, self.decimal)

    def _add_cash(self, where: str, symbol: str, row: Sequence[str]) -> None:
        amount = self._number(where, row, "value")
        if amount is None:
            amount = self._number(where, row, "quantity")
        if amount is None:
            raise InputError(f"{where}: {symbol} has no amount. Write it, or remove the row and give --cash.")
        self.positions.cash += amount
        self.positions.notes.append(f"{symbol or 'Cash'} counts as cash: {amount:,.2f} {self.currency}.")

    def _add_lot(self, where: str, written: str, quantity: str, row: Sequence[str]) -> None:
        symbol = _yahoo(written)
        if not re.fullmatch(SYMBOL, symbol):
            raise InputError(
                f"{where}: symbol {written[:40]!r} is not allowed: {SYMBOL_ALLOWED}. "
                "Write its symbol at Yahoo, or remove the row."
            )
        if symbol != written:
            self.positions.notes.append(f"{written} is {symbol} at Yahoo: written so.")
        shares = number(f"{where}: quantity", quantity, self.decimal)
        if shares < 0:
            raise InputError(
                f"{where}: {symbol} is sold short ({quantity}); Ballast keeps long positions only."
            )
        if shares == 0:
            self.positions.notes.append(f"{symbol} was left out: its quantity is 0.")
            return
        value = self._value(where, row, shares)
        if value is not None:
            self.positions.values[symbol] = self.positions.values.get(symbol, 0.0) + value
        lot = Lot(
            symbol=symbol,
            quantity=shares,
            cost_basis=self._cost(where, row, shares),
            acquired=_day(where, self.table.cell(row, "acquired")),
        )
        self.positions.lots.append(lot)

    def _value(self, where: str, row: Sequence[str], shares: float) -> float | None:
        value, price = self._number(where, row, "value"), self._number(where, row, "price")
        return value if value is not None else None if price is None else price * shares

    def _cost(self, where: str, row: Sequence[str], shares: float) -> float | None:
        each, total = self._number(where, row, "cost"), self._number(where, row, "cost_total")
        return each if each is not None else None if total is None else total / shares


def _of_account(path: Path, found: Table, account: str | None) -> list[tuple[int, tuple[str, ...]]]:
    rows = [*zip(found.lines, found.rows, strict=True)]
    if account is None:
        return rows
    whole = [row for _, row in rows if found.cell(row, "symbol")]
    known = sorted({found.cell(row, "account") for row in whole} - {""})
    if account not in known:
        has = f"It has: {', '.join(known)}." if known else "It has no column for accounts."
        raise InputError(f"{path}: has no account {account!r}. {has}")
    return [(line, row) for line, row in rows if found.cell(row, "account") == account]


def _yahoo(symbol: str) -> str:
    """The symbol as Yahoo writes it: brokers part the class of a share by a point, slash or space."""
    match = CLASS_SHARE.fullmatch(symbol)
    return f"{match[1]}-{match[2]}" if match else symbol


def _day(where: str, text: str) -> date | None:
    if is_empty(text) or text.casefold() == "various":
        return None
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise InputError(f"{where}: acquired {text[:40]!r} is not a date. Write it as 2024-12-31.")


def _summed(positions: Positions) -> list[Lot]:
    """One lot for each symbol and day; a cost is the mean by shares, and unknown where one of them is."""
    found: dict[tuple[str, date | None], list[Lot]] = {}
    for lot in positions.lots:
        found.setdefault((lot.symbol, lot.acquired), []).append(lot)
    summed = []
    for (symbol, day), lots in found.items():
        shares, costs = sum(lot.quantity for lot in lots), [lot.cost_basis for lot in lots]
        paid = [cost * lot.quantity for lot, cost in zip(lots, costs, strict=True) if cost is not None]
        cost = sum(paid) / shares if len(paid) == len(lots) else None
        if len(lots) > 1:
            when = f" of {day}" if day else ""
            positions.notes.append(
                f"{symbol}{when} stands in {len(lots)} rows: summed to {shares:,.6g} shares."
            )
        summed.append(Lot(symbol=symbol, quantity=shares, cost_basis=cost, acquired=day))
    return summed
