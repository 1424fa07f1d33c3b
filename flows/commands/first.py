"""`ballast init`: HOME and a first portfolio."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flows.commands.options import Home, Json
from quant.errors import InputError

if TYPE_CHECKING:
    from config.broker.columns import Meaning
    from config.broker.numbers import Decimal
    from config.broker.positions import Positions


File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE.csv]",
        help="The positions that your broker exports; without it the shipped example is copied.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MEANING=NAME",
        help="Which column is the symbol, quantity, cost (per share), cost_total, acquired, value, "
        "price, account or name, where its name does not say it.",
    ),
]
Mark = Annotated[Literal["point", "comma"] | None, typer.Option(help="The decimal mark: point or comma.")]


def init(
    file: File = None,
    name: Annotated[str, typer.Option(help="What the portfolio is called.")] = "mine",
    cash: Annotated[float | None, typer.Option(help="The cash, if the file does not have it.")] = None,
    currency: Annotated[str, typer.Option(help="The portfolio's currency.")] = "USD",
    calendar: Annotated[str, typer.Option(help="The exchange whose sessions count.")] = "XNYS",
    benchmark: Annotated[str | None, typer.Option(metavar="SYMBOL", help="What it is compared with.")] = None,
    account: Annotated[str | None, typer.Option(help="Only this account of the file; default: all.")] = None,
    column: Columns = None,
    decimal: Mark = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make HOME and a first portfolio: its targets are what you hold today, for you to change.

    Example: ballast init positions.csv --name mine --benchmark SPY
    """
    from config import privacy, settings
    from config.broker import first_files
    from flows.terminal import first as lines
    from flows.terminal.answers import answer
    from tasks.holdings import first

    privacy.begin()
    place = settings.load(home).home
    first.check_name(place, name)
    notes: list[str] = []
    if file is None:
        _refuse_without_file(cash, benchmark, account, column, decimal)
        texts = first_files.example_texts(name)
    else:
        head = first_files.Head(name, currency, calendar, benchmark, file.name)
        positions = _positions(file, currency, column or [], decimal, account)
        if cash is not None:
            notes.append(f"--cash replaces the cash of the file, {positions.cash:,.2f} {currency}.")
            positions.cash = cash
        notes[:0] = positions.notes
        texts = first_files.texts(head, positions)
    portfolio, files = first.write(place, name, texts)
    steps = lines.next_steps(name, place)
    made = {
        "portfolio": name,
        "files": files,
        "holdings": portfolio.lots,
        "targets": {row.symbol: row.weight for row in portfolio.target},
        "cash": portfolio.cash,
        "notes": notes,
        "next": steps,
    }
    answer(as_json, made, lines.render(portfolio, files, notes, steps))


def _positions(
    file: Path, currency: str, columns: Sequence[str], decimal: Decimal | None, account: str | None
) -> Positions:
    from config.broker import positions

    return positions.read_positions(file, currency, _named(columns), _ask, decimal=decimal, account=account)


def _named(columns: Sequence[str]) -> dict[Meaning, str]:
    """The columns that were named on the command line.

    Raises:
        InputError: one is not written as MEANING=NAME, or the meaning is unknown.
    """
    from config.broker.columns import NAMES

    known: dict[str, Meaning] = {meaning: meaning for meaning in NAMES}
    named: dict[Meaning, str] = {}
    for text in columns:
        meaning, _, called = text.partition("=")
        if meaning not in known or not called.strip():
            raise InputError(f"--column {text!r}: write MEANING=NAME; a meaning is {', '.join(known)}.")
        named[known[meaning]] = called
    return named


def _ask(meaning: Meaning, names: Sequence[str]) -> str | None:
    """Ask the person at the terminal, if there is one, which of several columns has a meaning."""
    from config.broker.columns import said

    if not sys.stdin.isatty() or "--json" in sys.argv:
        return None
    for number, called in enumerate(names, 1):
        typer.echo(f"  {number}  {called}", err=True)
    question = f"Which column is the {said(meaning)}?"
    answer: str = typer.prompt(question, err=True)
    return names[int(answer) - 1] if answer in {str(at + 1) for at in range(len(names))} else None


def _refuse_without_file(*given: object) -> None:
    if any(one is not None and one != [] for one in given):
        raise InputError("--cash, --benchmark, --account, --column and --decimal need the broker's FILE.csv.")
