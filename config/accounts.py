"""Holdings of many accounts: an `account` column in the holdings file, or a folder of one file for each.

Cash stands in rows whose symbol is CASH.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from config.holdings import OPTIONAL, Lot, columns_of, read_rows
from quant.errors import InputError

CASH = "CASH"
NAME = r"^[A-Za-z0-9._\-]{1,40}$"


@dataclass(frozen=True)
class Holders:
    """What each account holds, in file order: `lots` with their `owners`; cash is a lot of CASH."""

    owners: tuple[str, ...]
    lots: tuple[Lot, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every account, once, in file order."""
        return tuple(dict.fromkeys(self.owners))

    @property
    def cash(self) -> float:
        """The cash of all accounts."""
        return sum(lot.quantity for lot in self.lots if lot.symbol == CASH)

    def summed(self) -> tuple[Lot, ...]:
        """What all accounts hold together, one lot for each symbol."""
        total: dict[str, float] = {}
        for lot in self.lots:
            if lot.symbol != CASH:
                total[lot.symbol] = total.get(lot.symbol, 0.0) + lot.quantity
        return tuple(Lot(symbol=symbol, quantity=quantity) for symbol, quantity in total.items())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of every lot and its owner, in order."""
        sha = hashlib.sha256()
        for owner, lot in zip(self.owners, self.lots, strict=True):
            sha.update(
                json.dumps([owner, lot.symbol, lot.quantity, lot.cost_basis, str(lot.acquired)]).encode()
            )
        return sha.hexdigest()


def has_accounts(path: Path) -> bool:
    """Whether the first line of a holdings file has a column `account`."""
    return "account" in columns_of(path)


def read_accounts(path: Path, known: Collection[str], *, taxed: bool) -> Holders:
    """The accounts of a holdings file with a column `account`, or of a folder of one file for each account.

    `known` symbols are the targets and what the portfolio file names otherwise. Where sales are `taxed` every
    lot needs its cost and date.

    Raises:
        InputError: a file or a row is not right, or an account is empty; the sentence names file, line and
            account.
    """
    rows = [*(_of_folder(path) if path.is_dir() else _of_file(path))]
    seen: dict[tuple[str, str, date | None], str] = {}
    worth: dict[str, float] = {}
    for owner, lot, where in rows:
        _check(owner, lot, where, known)
        if taxed:
            _check_taxable(owner, lot, where)
        key = owner, lot.symbol, lot.acquired
        if key in seen:
            when = f"acquired {lot.acquired}" if lot.acquired else "without an acquisition date"
            raise InputError(
                f"{where}: account {owner!r} has {lot.symbol} {when} on {seen[key]} already. "
                "Add the two up, or give each lot its own date in 'acquired'."
            )
        seen[key] = where
        worth[owner] = worth.get(owner, 0.0) + lot.quantity
    for owner, lot, where in rows:
        if worth[owner] == 0:
            raise InputError(
                f"{where}: account {owner!r} is empty: it holds neither {lot.symbol} nor anything else. "
                "Give it a holding or a row CASH, or remove it."
            )
    if not rows:
        raise InputError(f"{path}: names no account. Give each account at least one row.")
    owners, lots, _ = zip(*rows, strict=True)
    return Holders(owners, lots)


def _of_file(path: Path) -> Iterator[tuple[str, Lot, str]]:
    for line, lot, cells in read_rows(path, ("account",)):
        yield cells["account"], lot, f"{path} line {line}"


def _of_folder(path: Path) -> Iterator[tuple[str, Lot, str]]:
    for file in sorted(path.glob("*.csv")):
        empty = True
        for line, lot, _ in read_rows(file):
            empty = False
            yield file.stem, lot, f"{file} line {line}"
        if empty:
            raise InputError(
                f"{file} line 1: account {file.stem!r} is empty. "
                "Give it a holding or a row CASH, or remove the file."
            )


def _check(owner: str, lot: Lot, where: str, known: Collection[str]) -> None:
    if not re.fullmatch(NAME, owner):
        raise InputError(
            f"{where}: account {owner!r} is not allowed: 1 to 40 of the letters a to z and A to Z, digits "
            "and . - _ name an account."
        )
    if lot.symbol != CASH and lot.symbol not in known:
        raise InputError(
            f"{where}: account {owner!r} holds {lot.symbol!r}, which the portfolio file does not know. "
            "Mend the symbol, or name it in a [[target]] or an [[instrument]] table."
        )
    if lot.symbol == CASH and (lot.acquired or lot.cost_basis is not None):
        raise InputError(
            f"{where}: account {owner!r} has CASH with a cost or a date. Leave both cells of cash empty."
        )


def _check_taxable(owner: str, lot: Lot, where: str) -> None:
    missing = [name for name in OPTIONAL if getattr(lot, name) is None]
    if lot.symbol != CASH and lot.quantity and missing:
        raise InputError(
            f"{where}: account {owner!r} has a lot of {lot.symbol} without {missing[0]}, which [tax] needs "
            "for the gain. Fill it in, or remove [tax] from the portfolio file."
        )
