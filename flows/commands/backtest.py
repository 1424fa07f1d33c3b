"""`ballast backtest`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Home, Json, KnownAt, Stored, Until, day, instant

Pairs = list[str] | None


def backtest(
    start: Annotated[str, typer.Option("--start", help="The first day, YYYY-MM-DD.")],
    end: Until = None,
    portfolio: Annotated[
        str, typer.Option("--portfolio", help="A portfolio's name, or a file ending in .toml.")
    ] = "core",
    cash: Annotated[
        float, typer.Option("--cash", help="What it begins with, in the portfolio's currency.")
    ] = 1_000_000,
    settings: Annotated[
        Pairs, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Another setting of the file.")
    ] = None,
    sweeps: Annotated[
        Pairs,
        typer.Option("--sweep", metavar="SECTION.KEY=LOW..HIGH:N", help="Try N values; twice for a surface."),
    ] = None,
    source: Stored = None,
    known_at: KnownAt = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Where the tearsheet goes; default: HOME/backtests."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what a portfolio's policy would have done since a day: the decisions of a run, over history.

    Example: ballast backtest --start 2010-01-01 --set rebalance.band_relative=0.2
    Many settings: ballast backtest --start 2010-01-01 --sweep rebalance.band_relative=0.05..0.50:10
    """
    from config import settings as environment
    from flows.commands import calls
    from flows.terminal import digest
    from flows.terminal.console import Console
    from flows.terminal.terminal import print_json
    from flows.terminal.watching import watching
    from tasks.backtest import run, sheet
    from tasks.backtest.document import document
    from tasks.backtest.question import Asked, sweep
    from tasks.whatif.question import question

    asked = Asked(
        portfolio,
        day("--start", start),
        None if end is None else day("--end", end),
        cash,
        question(portfolio, settings=settings or ()).settings,
        tuple(sweep(text) for text in sweeps or ()),
        source,
        instant("--known-at", known_at),
    )
    context = calls.context(environment.load(home), "ballast backtest")
    with watching(not as_json) as progress:
        found = run.run(replace(context, progress=progress), asked)
    name = f"{found.portfolio}-{found.start}-{found.end}.html"
    file = sheet.write(found, html or context.home / "backtests" / name)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        console = Console(highlight=False)
        console.print(digest.draw(document(found)), crop=False)
        console.print(f"Pictures: {file}", soft_wrap=True, markup=False)
