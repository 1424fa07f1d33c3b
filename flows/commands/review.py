"""`ballast review`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import Home, Json


def review(
    year: Annotated[int, typer.Option(min=1900, max=2200, help="The year, for example 2026.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.zip", help="Also write the year's record with this review as a page."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Review a year: orders, who decided, breaches, alerts, value at risk, and a self-assessment by RTS 6.

    Example: ballast review --year 2026 --out review-2026.zip
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import digest
    from flows.terminal.console import Console
    from flows.terminal.terminal import print_json
    from flows.terminal.watching import watching
    from tasks.record.review import answer
    from tasks.record.review.document import document
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast review")
    must_exist(context.warehouse)
    found = answer.of_year(context, year)
    written = None
    if out is not None:
        with watching(not as_json) as progress:
            written = answer.export(replace(context, progress=progress), found, out)
    if as_json:
        print_json(found.model_dump(mode="json") | {"archive": written and asdict(written)})
        return
    console = Console(highlight=False)
    console.print(digest.draw(document(found)), crop=False)
    if written:
        console.print(f"{written.out}: SHA-256 {written.sha256}", soft_wrap=True, markup=False)
