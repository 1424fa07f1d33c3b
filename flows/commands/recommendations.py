"""From recommendation to fill: `ballast approve`, `ballast reject` and `ballast fills ...`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.actors import actor
from flows.commands.options import Home, Json
from quant.errors import InputError

if TYPE_CHECKING:
    from tasks.decisions.ruling import Choice

fills = typer.Typer(no_args_is_help=True, help="Executed trades: import, list, cancel, measure slippage.")

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, its beginning, or latest.")]
Symbols = Annotated[list[str] | None, typer.Argument(metavar="[SYMBOL]...", help="Default: all open ones.")]
By = Annotated[
    str, typer.Option(metavar="NAME", help="Who decides; one of the people, if the portfolio file lists any.")
]


def approve(
    run: Run,
    by: By,
    symbols: Symbols = None,
    quantity: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL=SHARES", help="Approve fewer shares of an order; may be repeated."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="The reason, stored in the record.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Approve recommended trades before they expire; either all that you name or none.

    Where the portfolio file lists people, --by names one of them who may approve.

    Example: ballast approve latest SPY TLT --by "Ada Byron" --quantity TLT=40
    """
    lowered = dict(_lowered(text) for text in quantity or [])
    _decide(run, symbols, "approved", by, reason, home, as_json, lowered)


def _lowered(text: str) -> tuple[str, float]:
    """A symbol and its shares, as they follow --quantity."""
    symbol, _, shares = text.partition("=")
    try:
        return symbol.strip(), float(shares)
    except ValueError:
        raise InputError(f"--quantity {text!r}: write SYMBOL=SHARES, as in SPY=40.") from None


def reject(
    run: Run,
    by: By,
    reason: Annotated[str, typer.Option(help="The reason, stored in the record.")],
    symbols: Symbols = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Reject recommended trades, approved or not; their fills cannot be imported afterwards.

    Example: ballast reject latest SPY --by "Ada Byron" --reason "Dividend next week"
    """
    _decide(run, symbols, "rejected", by, reason, home, as_json)


def _decide(
    run: str,
    symbols: list[str] | None,
    choice: Choice,
    by: str,
    reason: str | None,
    home: Path | None,
    as_json: bool,
    quantities: Mapping[str, float] = MappingProxyType({}),
) -> None:
    from config import settings
    from flows.commands import calls
    from flows.terminal import recommendations
    from flows.terminal.answers import answer
    from tasks.decisions.ruling import Wish
    from tasks.outbox import answered
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), f"ballast {choice.removesuffix('d').removesuffix('e')}")
    must_exist(context.warehouse)
    wish = Wish(choice, actor(by), symbols or [], reason, quantities)
    rows = answered.decide(context, run, wish)
    calls.refresh_pages(context)
    answer(as_json, {"recommendations": rows}, recommendations.states(rows))


@fills.command("import")
def take(
    file: Annotated[
        Path,
        typer.Argument(
            help="run,symbol,side,quantity,price[,commission,filled_at,id,account], one row a fill."
        ),
    ],
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who imports; default: the operating system's user.")
    ] = None,
    superseded: Annotated[
        bool,
        typer.Option("--superseded", help="Also book fills executed after a newer run replaced theirs."),
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Book fills into holdings and cash, and measure slippage; each fill counts once.

    Example: ballast fills import fills.csv
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import recommendations
    from flows.terminal.answers import answer
    from tasks.fills import importing as filling
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast fills import")
    must_exist(context.warehouse)
    done = filling.take(context, file, actor(by), superseded=superseded)
    calls.refresh_pages(context)
    answer(
        as_json,
        {
            "fills": done.fills,
            "known": done.known,
            "cancelled": done.cancelled,
            "files": done.files,
            "withdrawn": done.withdrawn,
        },
        recommendations.imported(done),
    )


@fills.command()
def cancel(
    fill: Annotated[str, typer.Argument(metavar="FILL_ID", help="The id that `ballast fills list` shows.")],
    by: By,
    reason: Annotated[str, typer.Option(help="The reason, stored in the record.")],
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="Needed if fills of several runs have that id.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="Needed if fills of several accounts have that id.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Cancel a fill: takes it out of holdings and cash; the ledger keeps the fill and the cancellation.

    Example: ballast fills cancel x1 --by "Ada Byron" --reason "Busted by the exchange"
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import recommendations
    from flows.terminal.answers import answer
    from tasks.fills import cancellation
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast fills cancel")
    must_exist(context.warehouse)
    done = cancellation.cancel(context, fill, actor(by), reason, run, account)
    calls.refresh_pages(context)
    answer(
        as_json,
        {"fill": done.fill, "files": done.files, "withdrawn": done.withdrawn},
        recommendations.cancelled(done),
    )


@fills.command("list")
def listing(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Default: of all runs.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List imported fills with their slippage.

    Example: ballast fills list --json
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import recommendations
    from flows.terminal.answers import answer
    from tasks.fills import importing as filling
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast fills list")
    must_exist(context.warehouse)
    found = filling.listing(context, run)
    answer(as_json, {"fills": found}, recommendations.fills(found))


@fills.command()
def show(run: Run, home: Home = None, as_json: Json = False) -> None:
    """Show what a run recommended, the state of each trade, and its fills.

    Example: ballast fills show latest
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import recommendations
    from flows.terminal.answers import answer
    from tasks.fills import importing as filling
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast fills show")
    must_exist(context.warehouse)
    states, found = filling.summary(context, run)
    lines = [*recommendations.states(states), *recommendations.fills(found)]
    answer(as_json, {"recommendations": states, "fills": found}, lines)
