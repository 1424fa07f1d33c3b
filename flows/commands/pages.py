"""`ballast pages`: the pages below HOME/site brought up to date, with their pictures."""

from __future__ import annotations

import typer

from flows.commands.options import Home, Json


def pages(home: Home = None, as_json: Json = False) -> None:
    """Bring the pages of HOME up to date, draw their pictures, and say where they are.

    Example: ballast pages
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal.terminal import print_json
    from tasks.site.place import folder

    context = calls.context(settings.load(home), "ballast pages")
    drawn = calls.pages(context)
    index = folder(context.home) / "index.html"
    if as_json:
        print_json({"schema": 1, "index": str(index), "drawn": drawn})
    else:
        typer.echo(index)
