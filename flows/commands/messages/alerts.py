"""Alerts as people handle them: `ballast alerts [list | ack ID | silence ... | release ID | test]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flows.commands.actors import actor
from flows.commands.options import Home, Json

if TYPE_CHECKING:
    from rich.text import Text

    from tasks.alerts.decided import Alert
    from tasks.alerts.silences import Silence
    from tasks.context.context import Context
    from tasks.outbox.alerting.tested import Tested

app = typer.Typer(help="Alerts: list them, acknowledge one, silence some for a while, or send a test.")

COLOURS = {"firing": "bold red", "acknowledged": "yellow", "resolved": "green"}
SENT = {"sent": "green", "preview": "cyan"}

By = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who decides; default: the operating system's user.")
]


@app.callback(invoke_without_command=True)
def bare(run: typer.Context, home: Home = None, as_json: Json = False) -> None:
    """Alerts: list them, acknowledge one, silence some for a while, or send a test.

    Example: ballast alerts
    """
    if run.invoked_subcommand is None:
        listing(home, as_json)


@app.command("list")
def listing(home: Home = None, as_json: Json = False) -> None:
    """List the alerts that are not over or have fired within a week, and the silences that last.

    Example: ballast alerts list --json
    """
    from flows.terminal.answers import answer
    from tasks.alerts import decided

    found = decided.listing(_context(home, "alerts list"))
    lines = [*_lines(found.alerts), *map(_silence, found.silences)]
    answer(as_json, {"alerts": found.alerts, "silences": found.silences}, lines)


@app.command()
def ack(
    one: Annotated[
        str, typer.Argument(metavar="ID", help="The fingerprint as listed; its beginning is enough.")
    ],
    by: By = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Acknowledge an alert: you look after it, and nobody else is called.

    Example: ballast alerts ack 3fa92b1c --by "Ada Byron"
    """
    from flows.commands import calls
    from flows.terminal.answers import answer
    from tasks.outbox.alerting import alerted

    context = _context(home, "alerts ack")
    done = alerted.acknowledge(context, one, actor(by))
    calls.refresh_pages(context)
    answer(as_json, {"alerts": [done]}, _lines([done]))


@app.command()
def silence(
    until: Annotated[
        str, typer.Option(metavar="INSTANT", help="When it ends, at most 30 days ahead: 2026-12-01T21:00Z.")
    ],
    reason: Annotated[str, typer.Option(help="The reason, stored in the record.")],
    symbol: Annotated[str | None, typer.Option(help="Only alerts of this symbol.")] = None,
    portfolio: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only for this portfolio; default: for all of yours.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only alerts of this kind, such as range_shock.")] = None,
    by: By = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Tell nobody of some alerts for a while; they are listed all the same.

    Example: ballast alerts silence --symbol GLD --until 2026-12-01T21:00Z --reason "A known split"
    """
    from flows.terminal.answers import answer
    from tasks.alerts import decided

    done = decided.silence(
        _context(home, "alerts silence"), actor(by), until, reason, symbol=symbol, kind=kind,
        portfolio=portfolio,
    )  # fmt: skip
    answer(as_json, {"silence": done}, [_silence(done)])


@app.command("test")
def send_test(
    portfolio: Annotated[
        str | None, typer.Option(help="A portfolio's name or a file ending in .toml; default: all of yours.")
    ] = None,
    severity: Annotated[
        Literal["info", "warning", "critical"],
        typer.Option(help="A critical one calls people as a true one."),
    ] = "critical",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Send a made-up alert, marked as a test, to the channels that a true one would reach.

    Ends with 1 where a channel did not get it. No alert is stored, and nobody is called later.

    Example: ballast alerts test --portfolio core --severity warning
    """
    from config import portfolio_file, settings
    from flows.commands import calls
    from flows.terminal.answers import answer
    from tasks.outbox.alerting import tested

    context = calls.context(settings.load(home), "ballast alerts test")
    names = [portfolio] if portfolio else [*portfolio_file.own(context.home)] or ["core"]
    found = tested.send_test(context, names, severity)
    answer(as_json, {"tests": found}, [line for one in found for line in _tested(one)])
    if not all(one.arrived for one in found):
        raise typer.Exit(1)


def _tested(one: Tested) -> Iterator[Text]:
    from rich.text import Text

    if one.muted:
        yield Text(f"{one.portfolio}: nobody is told of such an alert now, {one.muted}")
    for row in one.notices:
        error = f": {row.error}" if row.error else ""
        yield Text.assemble(
            f"{one.portfolio}: ", (row.state, SENT.get(row.state, "red")), f"  {row.channel}{error}"
        )
    for channel in one.left_out:
        yield Text(f"{one.portfolio}: not told by the routes of alerts.toml: {channel}")


@app.command()
def release(
    one: Annotated[
        str, typer.Argument(metavar="ID", help="The fingerprint as listed; its beginning is enough.")
    ],
    reason: Annotated[str, typer.Option(help="The reason, stored in the record.")],
    by: By = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let the orders be approved that are held because of a fall; for people who may override.

    Example: ballast alerts release 3fa92b1c --reason "The price is right" --by "Ada Byron"
    """
    from rich.text import Text

    from flows.terminal.answers import answer
    from tasks.decisions import fall_holds

    done = fall_holds.release(_context(home, "alerts release"), one, actor(by), reason)
    lines = [Text(f"The order in {hold.symbol} of run {hold.run_id} may be approved again.") for hold in done]
    answer(as_json, {"released": done}, lines)


def _lines(found: Iterable[Alert]) -> list[Text]:
    from rich.text import Text

    return [_line(one) for one in found] or [Text("There is no alert.")]


def _line(one: Alert) -> Text:
    from rich.text import Text

    fell = f" {one.move:+.1%}" if one.move is not None else ""
    doubt = "" if one.confirmed else ", unconfirmed"
    who = f" by {one.acknowledged_by}" if one.state == "acknowledged" else ""
    told = f", not told: {one.muted}" if one.muted else ""
    return Text.assemble(
        f"{one.fingerprint[:12]}  ", (one.state, COLOURS[one.state]),
        f"{who}  {one.severity} {one.kind.replace('_', ' ')} of {one.symbol}{fell} at {one.at}{doubt}, "
        f"for {', '.join(one.portfolios)}{told}",
    )  # fmt: skip


def _silence(one: Silence) -> Text:
    from rich.text import Text

    what = f"{(one.kind or 'every kind').replace('_', ' ')} of {one.symbol or 'every symbol'}"
    whom = ", ".join(one.portfolios) if one.portfolios is not None else "every portfolio"
    return Text(f"silence {one.id}  {what} for {whom}: {one}")


def _context(home: Home, command: str) -> Context:
    from config import settings
    from flows.commands import calls
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), f"ballast {command}")
    must_exist(context.warehouse)
    return context
