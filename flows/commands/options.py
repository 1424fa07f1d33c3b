"""The options that every command has, and how a day is read."""

from datetime import date
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
