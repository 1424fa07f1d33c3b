"""Halting a portfolio and overriding a check: `ballast disable`, `enable` and `override ...`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.actors import actor
from flows.commands.options import Home, Json

if TYPE_CHECKING:
    from rich.text import Text

    from tasks.context.context import Context
    from tasks.decisions import halts
    from tasks.decisions.overrides import Request
    from tasks.report.model import NoticeRow

override = typer.Typer(no_args_is_help=True, help="Override a risk check for some time; needs two people.")

Portfolio = Annotated[str, typer.Argument(metavar="PORTFOLIO", help="A portfolio's name, or all.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The id as listed; its beginning is enough.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who decides.")]
Reason = Annotated[str, typer.Option(help="The reason, stored in the record.")]


def disable(portfolio: Portfolio, by: By, reason: Reason, home: Home = None, as_json: Json = False) -> None:
    """Hold every trade of a portfolio, or of all, until somebody enables it again.

    Example: ballast disable core --by "Ada Byron" --reason "The custodian is changed"
    """
    _switch(_context(home, "disable"), portfolio, "disabled", by, reason, as_json)


def enable(portfolio: Portfolio, by: By, reason: Reason, home: Home = None, as_json: Json = False) -> None:
    """Enable a portfolio that a person or blocked runs in a row disabled. The next report says who and why.

    Example: ballast enable core --by "Ada Byron" --reason "The limit was wrong and is corrected"
    """
    context = _context(home, "enable")
    _switch(context, portfolio, "enabled", by, reason, as_json)


def _switch(
    context: Context, portfolio: str, state: halts.State, by: str, reason: str, as_json: bool
) -> None:
    from rich.text import Text

    from flows.terminal.answers import answer
    from tasks.decisions import halts
    from tasks.outbox import halted

    done, told = halted.switch(context, portfolio, state, actor(by), reason)
    holding = halts.still_on(context, portfolio) if state == "enabled" else None
    lines = [Text(f"{portfolio} is {state} by {done.by}: {done.reason}")]
    if holding:
        lines.append(Text(f"It is HELD all the same: {holding}.", style="yellow"))
    lines += [Text(_delivered(notice), style="yellow" if notice.error else "") for notice in told]
    answer(as_json, {"switch": done, "holding": holding, "notices": told}, lines)


def _delivered(notice: NoticeRow) -> str:
    done = {"sent": "Sent to", "preview": "A preview of the message for"}.get(notice.state)
    if done:
        return f"{done} {notice.channel}." if not notice.error else f"{done} {notice.channel}: {notice.error}"
    return f"Not yet at {notice.channel}: {notice.error or notice.state}. The next run tries again."


@override.command()
def request(
    portfolio: Annotated[str, typer.Argument(metavar="PORTFOLIO", help="A portfolio's name.")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="The check's name, as in the report.")],
    by: By,
    reason: Reason,
    until: Annotated[
        str,
        typer.Option(
            metavar="INSTANT|DATE",
            help="When it ends, at most 30 days ahead; a date includes that whole day.",
        ),
    ],
    symbol: Annotated[str | None, typer.Option(help="Only for this symbol; default: for all.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Request that a check hold no trade for some time; takes effect once another person approves.

    Example: ballast override request core max_turnover --by Ada --reason "The fund closes" --until 2026-12-01
    """
    from tasks.decisions import overrides

    context = _context(home, "override request")
    _tell(overrides.request(context, portfolio, check, symbol, actor(by), reason, until), as_json)


@override.command()
def approve(one: Id, by: By, home: Home = None, as_json: Json = False) -> None:
    """Approve an override as the second person: it takes effect at once.

    Example: ballast override approve 3fa92b1c --by "Bob Noyce"
    """
    from tasks.decisions import overrides

    _tell(overrides.approve(_context(home, "override approve"), one, actor(by)), as_json)


@override.command()
def revoke(one: Id, by: By, reason: Reason, home: Home = None, as_json: Json = False) -> None:
    """End an override early, or withdraw a request.

    Example: ballast override revoke 3fa92b1c --by "Ada Byron" --reason "The fund stays open"
    """
    from tasks.decisions import overrides

    _tell(overrides.revoke(_context(home, "override revoke"), one, actor(by), reason), as_json)


@override.command("list")
def listing(home: Home = None, as_json: Json = False) -> None:
    """List every override ever requested, with its state.

    Example: ballast override list --json
    """
    from rich.text import Text

    from flows.terminal.answers import answer
    from tasks.decisions import overrides

    found = overrides.every(_context(home, "override list"))
    answer(
        as_json, {"overrides": found}, map(_line, found) if found else [Text("No override was asked for.")]
    )


def _tell(one: Request, as_json: bool) -> None:
    from flows.terminal.answers import answer

    answer(as_json, {"override": one}, [_line(one)])


def _line(one: Request) -> Text:
    from rich.text import Text

    what = " ".join(part for part in (one.portfolio, one.check, one.symbol) if part)
    return Text(f"{one.id}  {what}: {', '.join(_story(one))}")


def _story(one: Request) -> Iterator[str]:
    yield f"{one.state}, until {one.until:%Y-%m-%d %H:%M} UTC"
    yield f"asked for by {one.by}: {one.reason}"
    if one.approved_by:
        yield f"approved by {one.approved_by}"
    elif one.state == "requested":
        yield f"waits for a second person: ballast override approve {one.id} --by NAME"
    if one.revoked_by:
        yield f"revoked by {one.revoked_by}: {one.revoked_because}"


def _context(home: Home, command: str) -> Context:
    from config import settings
    from flows.commands import calls
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), f"ballast {command}")
    must_exist(context.warehouse)
    return context
