"""`ballast evidence`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from flows.commands.options import Home, Json, KnownAt, Stored, Until, day, instant

app = typer.Typer(
    no_args_is_help=True, help="Whether signals tell anything of later returns; what was tried."
)

Portfolio = Annotated[str, typer.Option("--portfolio", help="Of whose symbols.")]


@app.command()
def signal(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A signal or candidate, or all.")],
    portfolio: Portfolio = "core",
    start: Annotated[
        str, typer.Option("--start", help="The first day; some years are needed.")
    ] = "2010-01-01",
    end: Until = None,
    source: Stored = None,
    known_at: KnownAt = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Test a signal on history: rank correlation, hits, and the luck of all that was tried.

    Every result is counted in the ledger. Takes a minute for ten symbols and fifteen years.

    Example: ballast evidence signal momentum --start 2010-01-01
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import digest
    from flows.terminal.console import Console
    from flows.terminal.terminal import print_json
    from flows.terminal.watching import watching
    from tasks.backtest.question import Asked, checked
    from tasks.evidence import judge
    from tasks.evidence.document import document

    last = None if end is None else day("--end", end)
    asked = Asked(
        portfolio, day("--start", start), last, source=source, known_at=instant("--known-at", known_at)
    )
    context = calls.context(settings.load(home), "ballast evidence signal")
    with watching(not as_json) as progress:
        found = judge.evidence(replace(context, progress=progress), checked(asked), name)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        Console(highlight=False).print(digest.draw(document(found)), crop=False)


@app.command()
def trials(home: Home = None, as_json: Json = False) -> None:
    """List what was tried on history: signals, and the settings of sweeps.

    Example: ballast evidence trials
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal.console import Console
    from flows.terminal.terminal import print_json
    from tasks.trials import register
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast evidence trials")
    must_exist(context.warehouse)
    found = context.warehouse.read(register.listed)
    rows = [{"at": one.at, "subject": one.subject, **one.said.model_dump()} for one in found]
    if as_json:
        print_json({"schema": 1, "trials": rows})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for one in found:
        said = one.said
        console.print(
            f"{one.at:%Y-%m-%d %H:%M} UTC  {one.subject}: {said.count:,} results, "
            f"{said.first} to {said.last}, "
            f"best Sharpe {said.best * 252**0.5:.2f} a year: {said.what}"
        )
    console.print(f"{sum(one.said.count for one in found):,} results were tried.")
