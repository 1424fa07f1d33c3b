"""The outbox as an operator sees it: `ballast notices [list | retry KEY | drop KEY]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.actors import actor
from flows.commands.options import Home, Json

if TYPE_CHECKING:
    from rich.text import Text

    from tasks.context.context import Context
    from tasks.outbox.decided import Listed

app = typer.Typer(help="Messages on their way: list them, try one again, or drop it.")

RECENT = 20
"""Delivered messages that are listed without --all."""
COLOURS = {"sent": "green", "preview": "cyan", "failed": "red", "unknown": "red"}

Key = Annotated[str, typer.Argument(metavar="KEY", help="The key as listed; its beginning is enough.")]
By = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who decides; default: the operating system's user.")
]
All = Annotated[bool, typer.Option("--all", help="Also every message that was delivered long ago.")]


@app.callback(invoke_without_command=True)
def bare(run: typer.Context, every: All = False, home: Home = None, as_json: Json = False) -> None:
    """Messages on their way: list them, try one again, or drop it.

    Example: ballast notices
    """
    if run.invoked_subcommand is None:
        listing(every, home, as_json)


@app.command("list")
def listing(every: All = False, home: Home = None, as_json: Json = False) -> None:
    """List messages: what is not delivered first, then the latest that were; with --all all of them.

    Example: ballast notices list --json
    """
    from rich.text import Text

    from tasks.outbox import decided

    found = decided.listed(_context(home, "notices list"))
    waiting = [one for one in found if one.state in {"queued", "failed", "unknown"}]
    over = found[len(waiting) :]
    shown = [*waiting, *(over if every else over[:RECENT])]
    hidden = len(found) - len(shown)
    more = [Text(f"{hidden:,} older messages: ballast notices list --all")] if hidden else []
    _tell(shown, as_json, more if shown else [Text("There is no message yet.")])


@app.command()
def retry(key: Key, by: By = None, home: Home = None, as_json: Json = False) -> None:
    """Try again to deliver a message that was refused, dropped or waits.

    Example: ballast notices retry 3fa92b1c
    """
    from tasks.outbox import decided

    _tell([decided.retry(_context(home, "notices retry"), key, actor(by))], as_json)


@app.command()
def drop(key: Key, by: By = None, home: Home = None, as_json: Json = False) -> None:
    """Never deliver a message; the ledger has who decided that.

    Example: ballast notices drop 3fa92b1c --by "Ada Byron"
    """
    from tasks.outbox import decided

    _tell([decided.drop(_context(home, "notices drop"), key, actor(by))], as_json)


def _tell(found: Sequence[Listed], as_json: bool, more: Sequence[Text] = ()) -> None:
    from flows.terminal.answers import answer

    answer(as_json, {"notices": list(found)}, [*map(_line, found), *more])


def _line(one: Listed) -> Text:
    from rich.text import Text

    when = (
        f"delivered {one.sent_at:%Y-%m-%d %H:%M} UTC"
        if one.sent_at
        else f"since {one.created_at:%Y-%m-%d %H:%M} UTC"
    )
    tries = "" if one.sent_at else f", {one.attempts} tried"
    answers = f", answers {one.parent[:12]}" if one.parent else ""
    error = f": {one.error}" if one.error else ""
    return Text.assemble(
        f"{one.key[:12]}  ", (one.state, COLOURS.get(one.state, "yellow")),
        f"  {one.kind} to {one.channel}, {when}{tries}{answers}{error}",
    )  # fmt: skip


def _context(home: Home, command: str) -> Context:
    from config import settings
    from flows.commands import calls
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), f"ballast {command}")
    must_exist(context.warehouse)
    return context
