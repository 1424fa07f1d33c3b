"""`ballast data quarantine`: the rows that the data check rejected, and what people decide about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from flows.commands.actors import actor
from flows.commands.options import Home, Json
from quant.errors import InputError

if TYPE_CHECKING:
    from tasks.context.context import Context
    from warehouse.decisions import Decision

app = typer.Typer()

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="The id as listed; its beginning is enough.")
]
Symbol = Annotated[
    str | None,
    typer.Option(metavar="SYMBOL", help="Instead of ids: all rows of this symbol that broke --rule."),
]
Rule = Annotated[str | None, typer.Option(metavar="RULE", help="The rule, together with --symbol.")]
Reason = Annotated[str, typer.Option(help="The reason, stored in the record.")]
By = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who decides; default: the operating system's user.")
]


@app.callback(invoke_without_command=True)
def show(
    called: typer.Context,
    symbol: Annotated[str | None, typer.Option(help="Only rows of this symbol.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also rows with a decision.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the rejected rows that wait for a decision; accept or reject them.

    Example: ballast data quarantine --symbol SPY
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import quarantine
    from flows.terminal.answers import answer
    from tasks.data.quarantine import listing
    from warehouse.backend import must_exist

    if called.invoked_subcommand is not None:
        _refuse_options(called)
        return
    context = calls.context(settings.load(home), "ballast data quarantine")
    must_exist(context.warehouse)
    rows = listing(context, symbol, every=every)
    answer(as_json, {"quarantined": rows}, quarantine.listing(rows, every=every))


def _refuse_options(called: typer.Context) -> None:
    """An option before the command would be passed over in silence, --home too."""
    given = (called.get_parameter_source(name) for name in called.params)
    if any(source is not None and source.name == "COMMANDLINE" for source in given):
        command = f"ballast data quarantine {called.invoked_subcommand}"
        raise InputError(f"options go behind the command: {command} ID... --reason TEXT [--home PATH].")


@app.command()
def accept(
    reason: Reason,
    ids: Ids = None,
    symbol: Symbol = None,
    rule: Rule = None,
    by: By = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Accept rejected rows: the values are right, are known from now on, and pass when delivered again.

    Example: ballast data quarantine accept 3fa92b1c --reason "The exchange confirms the print"
    Example: ballast data quarantine accept --symbol SPY --rule restated_by_factor --reason "It split 4:1"
    """
    _decide("accepted", _Named(ids or [], symbol, rule), reason, by, home, as_json)


@app.command()
def reject(
    reason: Reason,
    ids: Ids = None,
    symbol: Symbol = None,
    rule: Rule = None,
    by: By = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Reject rows for good: the values are wrong, stay out, and are not listed again when delivered again.

    Example: ballast data quarantine reject 3fa92b1c --reason "A typing error of the vendor"
    """
    _decide("rejected", _Named(ids or [], symbol, rule), reason, by, home, as_json)


class _Named(NamedTuple):
    """The rows that a command is about: by ids, or by symbol and rule."""

    ids: list[str]
    symbol: str | None
    rule: str | None


def _ids(context: Context, named: _Named) -> list[str]:
    from tasks.data.quarantine import waiting_for

    by_rule = named.symbol is not None and named.rule is not None
    if bool(named.ids) == by_rule or (named.symbol is None) != (named.rule is None):
        raise InputError("name the rows by their ids, or all of a symbol by --symbol and --rule together.")
    if named.symbol is None or named.rule is None:
        return named.ids
    return waiting_for(context, named.symbol, named.rule)


def _decide(
    decision: Decision, named: _Named, reason: str, by: str | None, home: Home, as_json: bool
) -> None:
    from config import settings
    from flows.commands import calls
    from flows.terminal import quarantine
    from flows.terminal.answers import answer
    from tasks.data.quarantine import decide
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast data quarantine")
    must_exist(context.warehouse)
    rows = decide(context, _ids(context, named), decision, reason, actor(by))
    lines = (line for row in rows for line in quarantine.entry(row))
    answer(as_json, {"decided": rows}, lines)
