"""Fills booked into a portfolio's own files, as new texts: every other row, line and comment stays."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from config.holdings import OPTIONAL, read_text
from config.lot_rows import PLACES, Execution, Parcel, move, pay, returned, withdrawn, written
from config.portfolio import Portfolio
from config.replaced import Histories, History, Outcome, Replaced, buy, sell
from config.sheet import Sheet
from quant.errors import InputError
from quant.trading.lots import UNTAXED

CASH = re.compile(r"^([ \t]*cash[ \t]*=[ \t]*)([^\s#]+)", re.MULTILINE)
HOLDINGS = re.compile(r"^[ \t]*holdings[ \t]*=", re.MULTILINE)
TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


@dataclass(frozen=True)
class Booked:
    """The new texts of the files, and what each execution took of lots and made of replacing shares."""

    texts: Mapping[Path, str]
    outcomes: tuple[Outcome, ...]


def holdings_of(file: Path, portfolio: Portfolio, account: str | None) -> Path:
    """The file in which the holdings of a portfolio, or of one account of it, stand."""
    if portfolio.accounts and account:
        return file.parent / portfolio.accounts / f"{account}.csv"
    return file.parent / portfolio.holdings


def book(
    file: Path, portfolio: Portfolio, executions: Sequence[Execution], past: Histories | None = None
) -> Booked:
    """A portfolio's files after some executions; `portfolio` is what was read from `file`.

    A purchase is a lot of its own where the holdings file has the column `acquired`, else it is added to the
    symbol's row; a sale takes lots by the portfolio's tax method. A sold-out lot leaves the file. What is
    earlier comes first. With a `past`, what replaces shares sold at a loss takes over loss and date.

    Raises:
        InputError: the cash has no place or an account too little of it, or more is sold than is held.
    """
    sheets, tax = _Sheets(file, portfolio), portfolio.tax or UNTAXED
    found: dict[int, Outcome] = {}
    for whose, places in _streams(executions).items():
        history = None if past is None else past.get(whose) or History()
        for (_, side), group in groupby(places, lambda at: (executions[at].day, executions[at].side)):
            at, sheet = [*group], sheets.of(whose[0])
            done = [executions[place] for place in at]
            if side == "SELL":
                outcomes = [*sell(sheet, done, tax, history)]
            else:
                outcomes = [buy(sheet, one, tax, history) for one in done]
            found |= dict(zip(at, outcomes, strict=True))
    outcomes = [found[place] for place in range(len(executions))]
    return Booked(sheets.paid([(one.account, one.cash) for one in executions]), tuple(outcomes))


def _streams(executions: Sequence[Execution]) -> Mapping[tuple[str | None, str], list[int]]:
    """The places of the executions of each account and symbol, by day, and of a day by time.

    Where the time of any of a day is not given, those of that day stay in the order given.
    """
    found: dict[tuple[str | None, str], list[int]] = {}
    for place, one in enumerate(executions):
        found.setdefault((one.account, one.symbol), []).append(place)
    return {whose: _in_order(executions, places) for whose, places in found.items()}


def _in_order(executions: Sequence[Execution], places: Sequence[int]) -> list[int]:
    undated = {executions[place].day for place in places if executions[place].moment is None}

    def when(place: int) -> tuple[date, float]:
        one = executions[place]
        return one.day, one.moment.timestamp() if one.moment and one.day not in undated else 0.0

    return sorted(places, key=when)


def take_back(
    file: Path,
    portfolio: Portfolio,
    one: Execution,
    lots: Sequence[Parcel],
    replaced: Sequence[Replaced] = (),
) -> Mapping[Path, str]:
    """The texts of a portfolio's files without an execution; `lots` are what it took, if it was a sale.

    `replaced` are the shares that replace those of a sale, or in a purchase what replaces some of others.

    Raises:
        InputError: the holdings have moved on so that it cannot be taken out of them.
    """
    sheets = _Sheets(file, portfolio)
    sheet = sheets.of(one.account)
    if one.side == "BUY":
        left = one.quantity - sum(lot.quantity for lot in replaced)
        rest = [Parcel(one.day, left, one.net)] if left else []
        withdrawn(sheet, one, [*(lot.after for lot in replaced), *rest])
    else:
        for lot in reversed(replaced):
            move(sheet, one, lot.after, lot.before)
        returned(sheet, one, lots)
    return sheets.paid([(one.account, -one.cash)])


class _Sheets:
    """The files of a portfolio that are being changed."""

    def __init__(self, file: Path, portfolio: Portfolio) -> None:
        self.file, self.portfolio = file, portfolio
        self.sheets: dict[Path, Sheet] = {}

    def of(self, account: str | None) -> Sheet:
        path = holdings_of(self.file, self.portfolio, account)
        if path not in self.sheets:
            # What was bought with [tax] is only readable again with its cost and its date.
            self.sheets[path] = Sheet(path, OPTIONAL if self.portfolio.tax else ())
        return self.sheets[path]

    def paid(self, moves: Sequence[tuple[str | None, Decimal]]) -> dict[Path, str]:
        """The new texts, once the cash has moved: in the portfolio file, or in each account's own row."""
        total: dict[str | None, Decimal] = {}
        for account, cash in moves:
            total[account] = total.get(account, Decimal()) + cash
        for account, cash in total.items():
            if account is not None:
                pay(self.of(account), account, cash)
        texts = {path: sheet.text() for path, sheet in self.sheets.items()}
        return texts | ({self.file: _with_cash(self.file, total[None])} if None in total else {})


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
