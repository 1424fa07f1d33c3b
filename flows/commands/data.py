"""`ballast data ...`: what is stored and why, and archives in and out."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands import quarantine
from flows.commands.compare import compare
from flows.commands.options import Home, Json, day, instant

app = typer.Typer(
    no_args_is_help=True, help="Market data: what is stored, rejected rows, import and export of archives."
)
app.add_typer(quarantine.app, name="quarantine")
app.command()(compare)

SourceOption = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only data of this source.")
]


@app.command()
def status(
    portfolio: Annotated[
        str | None,
        typer.Option("--portfolio", metavar="NAME", help="Only its symbols, by its calendar; default: all."),
    ] = None,
    source: SourceOption = None,
    calendar: Annotated[str, typer.Option(help="The exchange calendar, if no portfolio gives it.")] = "XNYS",
    every: Annotated[bool, typer.Option("--all", help="Every symbol, not only the worst.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what is stored of each symbol, as a bar over time: sessions, gaps, versions, rows to decide on.

    Example: ballast data status --portfolio core
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import coverage
    from flows.terminal.answers import answer
    from flows.terminal.console import Console
    from tasks.ingest import coverage as stored
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast data status")
    must_exist(context.warehouse)
    found = stored.status(context, portfolio, source, calendar)
    answer(as_json, vars(found), coverage.render(found, Console().width, every=every))


@app.command()
def explain(
    symbol: Annotated[str, typer.Argument(help="As the source spells it.")],
    session: Annotated[str, typer.Argument(help="The trading day, YYYY-MM-DD.")],
    source: SourceOption = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the history of one bar: versions, batches, checks, decisions, adjustments, runs that used it.

    Example: ballast data explain SPY 2015-08-24
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import story
    from flows.terminal.answers import answer
    from tasks.data import bar_history as telling
    from warehouse.backend import must_exist

    asked = day("SESSION", session)
    context = calls.context(settings.load(home), "ballast data explain")
    must_exist(context.warehouse)
    found = telling.explain(context, symbol, asked, source)
    answer(as_json, vars(found), story.render(found))


@app.command()
def load(
    path: Annotated[Path, typer.Argument(help="A delivery: a folder of CSV files, a .csv or .parquet file.")],
    known_at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="When it was received from the vendor: 2025-09-03T20:08:25Z. "
            "Default: the instant that PATH is named for, as 20250903T200825Z.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Whose history it continues: yfinance or files:PATH. "
            "Default: files:FOLDER, the folder in which PATH lies.",
        ),
    ] = None,
    calendar: Annotated[str, typer.Option(help="The exchange, by exchange_calendars.")] = "XNYS",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Load an archived delivery as known at the instant of its arrival; load the oldest first.

    Repeat an interrupted load to complete it.

    Example: ballast data load archive/20250903T200825Z
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal

    context = calls.context(settings.load(home), "ballast data load")
    loaded = calls.load(context, path, instant("--known-at", known_at), source, calendar, watch=not as_json)
    terminal.loaded(loaded, as_json)


@app.command()
def export(
    known_at: Annotated[
        str, typer.Option(metavar="INSTANT", help="What was known then: 2025-09-03T20:08:25Z.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="A .parquet or .csv file; one that exists is replaced."),
    ],
    adjusted: Annotated[
        bool,
        typer.Option("--adjusted", help="Adjusted for splits and distributions; without it, as traded."),
    ] = False,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Only data of this source; needed if several sources have a symbol."
        ),
    ] = None,
    minutes: Annotated[bool, typer.Option("--minutes", help="Minute bars instead of daily ones.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write what was known at an instant: symbol, session, open, high, low, close, volume.

    With --minutes: symbol, instant (UTC), open, high, low, close, volume, split.

    Example: ballast data export --known-at 2025-09-03T20:08:25Z --out then.parquet
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal

    context = calls.context(settings.load(home), "ballast data export")
    moment = instant("--known-at", known_at)
    assert moment is not None
    done = calls.export(
        context,
        moment,
        out,
        source,
        interval="1m" if minutes else "1d",
        adjusted=adjusted,
        watch=not as_json,
    )
    terminal.exported(done, as_json)


@app.command()
def minutes(
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="As the source spells them.")],
    session: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The trading day. Default: the last one that has opened."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The first trading day. Default: --session alone."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="yfinance or files:PATH. Default: BALLAST_SOURCE.")
    ] = None,
    calendar: Annotated[str, typer.Option(help="The exchange, by exchange_calendars.")] = "XNYS",
    stored: Annotated[bool, typer.Option("--stored", help="Only show what is stored.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Fetch, check and store minute bars; show how many came for each session, and which are missing.

    Example: ballast data minutes SPY AGG --session 2019-12-24 --source files:minutes/
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import minutes as pictures
    from flows.terminal.answers import answer
    from tasks.data.minutes import plan

    last = day("--session", session) if session else None
    first = day("--start", start) if start else None
    context = calls.context(settings.load(home), "ballast data minutes")
    wanted = plan(context, symbols, last, first, source, calendar)
    brought, found = calls.minutes(context, wanted, stored=stored, watch=not as_json)
    answer(as_json, vars(found) | vars(brought), pictures.render(brought, found))


@app.command()
def sources(home: Home = None, as_json: Json = False) -> None:
    """List every source and the settings of its vendor: which are set, never to what.

    Example: ballast data sources
    """
    from config import settings
    from flows.terminal import source_list
    from flows.terminal.answers import answer
    from tasks.data.source_list import sources_of

    found = sources_of(settings.load(home))
    answer(as_json, {"sources": found}, source_list.render(found))


@app.command()
def check(
    source: Annotated[str, typer.Argument(metavar="files:PATH", help="A file or folder, as for --source.")],
    calendar: Annotated[
        str | None,
        typer.Option(help="The exchange calendar; without it the sessions are not checked."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run all checks on files: lists what is wrong, and the repair if it is certain. Writes nothing.

    Example: ballast data check files:prices.csv
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal

    terminal.examined(calls.check(source, calendar, settings.load().home), as_json)
