"""`ballast whatif`, and the same words as `/ballast whatif …` has them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import Home, Json, day
from quant.errors import InputError

if TYPE_CHECKING:
    from tasks.whatif.question import Question

DASHES = str.maketrans(dict.fromkeys("\u2013\u2014", "--") | dict.fromkeys("\u201c\u201d\u2018\u2019", '"'))
"""What phones make of two hyphens and of quotes."""

Pairs = list[str] | None
Amount = float | None
Deposit = Annotated[Amount, typer.Option("--deposit", metavar="X", help="Add cash; buys only, to target.")]
Withdraw = Annotated[
    Amount, typer.Option("--withdraw", metavar="X", help="Take cash; sells only what is needed.")
]
UpToGain = Annotated[
    Amount, typer.Option("--up-to-gain", metavar="X", help="Sell so much that at most X is gained.")
]
Target = Annotated[
    Pairs, typer.Option("--target", metavar="SYMBOL=WEIGHT", help="Another weight; all sum to 1.")
]
Holding = Annotated[
    Pairs, typer.Option("--holding", metavar="SYMBOL=QUANTITY", help="Another quantity; cash stays.")
]
Changed = Annotated[
    Pairs, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Another setting of the file.")
]
Session = Annotated[
    str | None, typer.Option("--session", help="A trading day; default: the last with prices.")
]
Source = Annotated[
    str | None, typer.Option("--source", help="files:PATH, read for this alone; default: what is stored.")
]


def whatif(
    portfolio: Annotated[
        str, typer.Argument(metavar="PORTFOLIO", help="A portfolio's name, or a file ending in .toml.")
    ],
    deposit: Deposit = None,
    withdraw: Withdraw = None,
    target: Target = None,
    holding: Holding = None,
    settings: Changed = None,
    up_to_gain: UpToGain = None,
    session: Session = None,
    source: Source = None,
    rebalance: Annotated[
        bool, typer.Option("--rebalance", help="With a cash flow too, the policy decides as in a run.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what a portfolio would trade, with cost, tax and risk before and after; stores nothing.

    Example: ballast whatif core --deposit 10000
    Other weights: ballast whatif core --target SPY=0.5 --target TLT=0.4
    """
    from config import settings as environment
    from flows.commands import calls
    from flows.terminal import digest
    from flows.terminal.console import Console
    from flows.terminal.terminal import print_json
    from tasks.whatif.answer import answer
    from tasks.whatif.document import document

    asked = _question(
        portfolio=portfolio, deposit=deposit, withdraw=withdraw, target=target, holding=holding,
        settings=settings, up_to_gain=up_to_gain, session=session, source=source, rebalance=rebalance,
    )  # fmt: skip
    found = answer(calls.context(environment.load(home), "ballast whatif"), asked)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        Console(highlight=False).print(digest.draw(document(found)), crop=False)


def _question(
    *, portfolio: str, target: Pairs, holding: Pairs, settings: Pairs, session: str | None, **more: object
) -> Question:
    from tasks.whatif.question import question

    when = None if session is None else day("--session", session)
    pairs = {"target": target or (), "holding": holding or (), "settings": settings or ()}
    return question(portfolio, session=when, **pairs, **more)  # type: ignore[arg-type]


def from_words(text: str) -> Question:
    """The question that words ask as the command line has them, such as "core --deposit 10000".

    Raises:
        InputError: they are not understood, or name a file (`--source`, `--home`, `--json` and a path are for
            the command line alone).
    """
    try:
        command = typer.main.get_command(_alone)
        given = command.make_context("whatif", shlex.split(text.translate(DASHES))).params
    except ValueError as error:
        raise InputError(f"{text!r} cannot be read: {error}.") from None
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        raise InputError(error.format_message()) from None
    name, files = str(given["portfolio"]), [given.pop("home"), given.pop("as_json"), given["source"]]
    if any(files) or "/" in name or name.endswith(".toml"):
        raise InputError("files, --source, --home and --json are for the command line: name a portfolio.")
    return _question(**given)


_alone = typer.Typer(add_completion=False)
_alone.command()(whatif)
