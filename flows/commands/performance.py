"""`ballast performance`."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.options import Home, Json, day
from quant.errors import InputError


def performance(
    name: Annotated[
        str | None, typer.Argument(metavar="PORTFOLIO", help="A portfolio's name; default: core.")
    ] = None,
    portfolio: Annotated[str | None, typer.Option("--portfolio", help="The same as an option.")] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="The first day, YYYY-MM-DD; default: the first recorded.")
    ] = None,
    end: Annotated[str | None, typer.Option("--end", help="The last; default: the last recorded.")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DATE|month|year", help="As --start, or from the close before a month or year."
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what a portfolio has earned, against its benchmark and its policy, and where that comes from.

    Example: ballast performance core --since year
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import digest
    from flows.terminal.console import Console
    from flows.terminal.terminal import print_json
    from tasks.backtest.same_policy import growth
    from tasks.performance.answer import answer
    from tasks.performance.document import document
    from tasks.performance.question import asked

    if name is not None and portfolio is not None:
        raise InputError("name the portfolio once: as the argument or with --portfolio.")
    question = asked(
        name or portfolio or "core",
        None if start is None else day("--start", start),
        None if end is None else day("--end", end),
        since,
    )
    found = answer(calls.context(settings.load(home), "ballast performance"), question, growth)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        Console(highlight=False).print(digest.draw(document(found)), crop=False)
