"""Keeping the warehouse: `ballast backup`, `ballast restore` and `ballast warehouse ...`."""

from typing import Annotated

import typer

from flows.commands.options import Home, Json

app = typer.Typer(no_args_is_help=True, help="Check the warehouse, or move it.")


@app.command()
def verify(home: Home = None, as_json: Json = False) -> None:
    """Read every row and check the invariants; exit 1 and the first wrong row if one is broken.

    Example: ballast warehouse verify
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal
    from tasks.record import ledger
    from warehouse.backend import must_exist
    from warehouse.record import verify as verifying

    context = calls.context(settings.load(home), "ballast warehouse verify")
    must_exist(context.warehouse)
    tables, invariants = verifying.verify(context.warehouse.read, context.now(), ledger.outside(context))
    terminal.verified(tables, invariants, as_json)
    raise typer.Exit(1 if any(one.broken for one in invariants) else 0)


@app.command(name="move")
def move_to(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="file|ducklake:postgres:...",
            help="The file in HOME, or a DuckLake as BALLAST_WAREHOUSE names it.",
        ),
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Carry the warehouse to another engine, and prove that both hold the same. The old one stays.

    Example: ballast warehouse move --to "ducklake:postgres:host=db dbname=ballast user=ballast"
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal.moved import moved
    from tasks.data.moved import move

    context = calls.context(settings.load(home), "ballast warehouse move")
    moved(move(context, to), as_json)


def backup(home: Home = None, as_json: Json = False) -> None:
    """Back up the warehouse to HOME/backups, verify the copy, and remove old backups.

    The daily run does so by itself once a day.

    Example: ballast backup
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal
    from tasks.context import safekeeping

    context = calls.context(settings.load(home), "ballast backup")
    terminal.backed_up(safekeeping.back_up(context), as_json)


def restore(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[BACKUP]", help="A backup's name, a part of it, or a file; default: the newest good one."
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Replace the warehouse by a backup; the replaced file is kept beside it.

    Example: ballast restore
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal
    from tasks.data import restored

    context = calls.context(settings.load(home), "ballast restore")
    terminal.restored(restored.restore(context, name), as_json)
