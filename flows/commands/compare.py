"""`ballast data compare`."""

from typing import Annotated

import typer

from flows.commands.options import Home, Json, day, instant


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A source: its name, or files:PATH.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    symbols: Annotated[list[str] | None, typer.Argument(metavar="SYMBOL", help="Default: all.")] = None,
    portfolio: Annotated[
        str | None, typer.Option("--portfolio", metavar="NAME", help="Its symbols, and its disagreement.")
    ] = None,
    bound: Annotated[float | None, typer.Option("--bound", help="A share; default: 0.005.")] = None,
    start: Annotated[str | None, typer.Option("--start", help="The first day, YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="The last day.")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", metavar="INSTANT", help="As known then; default: now.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Compare two sources close by close: where they differ, and what one of them lacks.

    Example: ballast data compare yfinance tiingo SPY TLT --bound 0.01
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal.answers import answer
    from tasks.data import compare_sources as comparing
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast data compare")
    must_exist(context.warehouse)
    asked = comparing.Asked(
        first,
        second,
        symbols or (),
        portfolio,
        bound,
        None if start is None else day("--start", start),
        None if end is None else day("--end", end),
        instant("--known-at", known_at),
    )
    found = comparing.compare(context, asked)
    answer(as_json, vars(found), comparing.lines(found))
