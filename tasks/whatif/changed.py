"""The portfolio that a question is about: its file as it is, with other targets, holdings and settings."""

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path

from config import portfolio_file as portfolios
from config.holdings import Lot
from config.portfolio import Portfolio
from config.portfolio_file import WEIGHT_TOLERANCE, Tables
from quant.errors import InputError
from tasks.context.context import Context
from tasks.holdings import holdings_files
from tasks.whatif.question import Question
from warehouse import runs
from warehouse.database.database import Database


def changed(context: Context, asked: Question) -> Portfolio:
    """The portfolio with what was asked for in its place.

    Raises:
        InputError: there is none, or a change is not allowed; the sentence names it.
    """
    if holdings_files.due(context.home).exists():
        raise InputError(
            "fills are in the ledger and not in the holdings file yet, since an import was cut off: "
            "`ballast fills import` with the same file writes them, then ask again."
        )
    file = _file(context, asked.portfolio)
    plain = portfolios.load(file, context.home)
    _refuse_for_accounts(plain, asked)
    if not (asked.targets or asked.holdings or asked.settings):
        return plain
    try:
        found = portfolios.load(file, context.home, lambda raw: _change(raw, asked))
    except InputError as error:
        path = portfolios.file_of(file, context.home)
        raise InputError(f"with {', '.join(asked.changes)}: {_without(path, str(error))}") from None
    return found.model_copy(update={"lots": _lots(found, asked)}) if asked.holdings else found


def _file(context: Context, text: str) -> str:
    """The portfolio's name or file; where no file has the name, the one that its newest run was made of."""
    if text in portfolios.names(context.home) or not context.warehouse.exists():
        return text
    known = context.warehouse.read(lambda db: _recorded(db, text))
    return known if known and Path(known).exists() else text


def _recorded(db: Database, text: str) -> str | None:
    newest = runs.latest(db, text)
    return runs.load(db, newest).portfolio_file if newest else None


def _without(path: Path, sentence: str) -> str:
    return sentence.removeprefix(f"{path}: ")


def _refuse_for_accounts(portfolio: Portfolio, asked: Question) -> None:
    given = {
        "--deposit": asked.deposit, "--withdraw": asked.withdraw, "--up-to-gain": asked.up_to_gain,
        "--holding": asked.holdings or None,
    }  # fmt: skip
    for option in (name for name, value in given.items() if value is not None and portfolio.holders):
        raise InputError(
            f"portfolio {portfolio.name!r} has accounts, each with cash and lots of its own, so {option} "
            "has no meaning for all: ask with --target or --set, or give one account its own portfolio file."
        )


def _change(raw: Tables, asked: Question) -> None:
    _set_targets(raw, asked)
    for key, text in asked.settings.items():
        section, dot, name = key.partition(".")
        if not (section and dot and name) or isinstance(raw.get(section), list):
            raise InputError(
                f"{key!r} is no SECTION.KEY of one table: write it as rebalance.band_absolute=0.03"
                + ("; weights are changed by --target." if section == "target" else ".")
            )
        table = raw.setdefault(section, {})
        if not isinstance(table, dict):
            raise InputError(f"{section!r} is no table of a portfolio file, so it has no key {name!r}.")
        table[name] = _value(text)


def _set_targets(raw: Tables, asked: Question) -> None:
    rows = raw.get("target") if asked.targets else None
    if not isinstance(rows, list):
        return
    own = {row.get("symbol"): row for row in rows if isinstance(row, dict)}
    for symbol, weight in asked.targets.items():
        if symbol not in own:
            raise InputError(_unknown(symbol, [str(name) for name in own], "a [[target]] of the portfolio"))
        own[symbol]["weight"] = weight
    total = sum(row["weight"] for row in own.values() if isinstance(row.get("weight"), int | float))
    if abs(total - 1) > WEIGHT_TOLERANCE:
        raise InputError(
            f"the target weights sum to {total:.6g}, not 1: give further --target, "
            f"so that the others change by {1 - total:+.6g} together."
        )


def _value(text: str) -> object:
    """A value as TOML has it; a bare word is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _unknown(symbol: str, known: Collection[str], what: str) -> str:
    near = difflib.get_close_matches(symbol, known, 1, cutoff=0.0)
    return f"{symbol} is not {what}; the nearest is {near[0]}." if near else f"{symbol} is not {what}."


def _lots(portfolio: Portfolio, asked: Question) -> tuple[Lot, ...]:
    """The lots with other quantities: fewer shares leave the newest, more are a lot of their own.

    Such a lot has neither day nor cost yet: it is as if it were bought at the close of the session.
    """
    _refuse_strangers(portfolio, asked)
    lots = [lot for lot in portfolio.lots if lot.symbol not in asked.holdings]
    for symbol, quantity in asked.holdings.items():
        own = [lot for lot in portfolio.lots if lot.symbol == symbol and lot.quantity]
        left = quantity
        for lot in sorted(own, key=lambda lot: str(lot.acquired or ""), reverse=True):
            kept = min(left, lot.quantity)
            lots += [lot.model_copy(update={"quantity": kept})] if kept else []
            left -= kept
        lots += [Lot(symbol=symbol, quantity=left)] if left > 0 else []
    return tuple(lots)


def _refuse_strangers(portfolio: Portfolio, asked: Question) -> None:
    for symbol in asked.holdings:
        alike = (name for name in portfolio.watched if name.casefold() == symbol.casefold())
        other = next((name for name in alike if name != symbol), None)
        if other is not None:
            raise InputError(f"--holding {symbol}: the portfolio spells this symbol {other}.")
