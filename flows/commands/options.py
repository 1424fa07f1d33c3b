"""The options that every command has, and how a day is read."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from quant.errors import InputError

Home = Annotated[
    Path | None,
    typer.Option(
        "--home", help="The folder where Ballast keeps everything.", envvar="BALLAST_HOME", show_envvar=True
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else there.")
]

Until = Annotated[str | None, typer.Option("--end", help="The last day; default: the last with prices.")]
Stored = Annotated[
    str | None, typer.Option("--source", help="Whose stored prices; default: of the portfolio's newest run.")
]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", metavar="INSTANT", help="Prices as known at this instant; default: now."),
]
Full = Annotated[bool, typer.Option("--full", help="Everything that was found, not one screen.")]


def day(option: str, text: str) -> date:
    """The day that an option or argument names.

    Raises:
        InputError: it is not written as YYYY-MM-DD.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{option} {text!r} is not a date: write it as YYYY-MM-DD, for example 2015-08-24."
        ) from None


def instant(option: str, text: str | None) -> datetime | None:
    """The instant that an option names; None where it is not given.

    Raises:
        InputError: it is not written as ISO 8601 with Z or an offset.
    """
    from tasks.context.instants import read_instant

    moment = read_instant(text) if text is not None else None
    if text is not None and moment is None:
        raise InputError(
            f"{option} {text!r} is not an instant: write it as 2025-09-03T20:08:25Z, with Z or an offset."
        )
    return moment
