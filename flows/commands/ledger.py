"""The record of what happened: `ballast ledger ...` and `ballast audit ...`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import Home, Json, day

if TYPE_CHECKING:
    from rich.text import Text

    from tasks.run.run_list import Listed
    from warehouse.record.ledger import Entry

ledger = typer.Typer(no_args_is_help=True, help="The record of all decisions, as a chain of hashes.")
KEYS = ("status", "id", "account", "symbol", "state", "side", "quantity", "price", "decision", "by", "reason")
"""What of an entry's payload is shown to a person."""

audit = typer.Typer(no_args_is_help=True, help="The record of a year, for auditors.")


@ledger.command()
def verify(
    hashes: Annotated[
        list[str] | None,
        typer.Option(
            "--hash", metavar="HASH", help="A hash from a message; it must belong to an entry. Repeatable."
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Check that no entry was changed or removed and that each run equals its entry; else exit 1.

    Example: ballast ledger verify
    """
    from rich.text import Text

    from config import settings
    from flows.commands import calls
    from flows.terminal.answers import answer
    from flows.terminal.watching import watching
    from tasks.record import ledger as chain
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast ledger verify")
    must_exist(context.warehouse)
    with watching(not as_json) as progress:
        entries, head, found = chain.verify(replace(context, progress=progress), hashes or ())
    many = "1 entry" if entries == 1 else f"{entries:,} entries"
    lines = [Text(f"{many}, the last has the hash {head}.")]
    if found.broken:
        lines.append(Text(f"Broken {found.broken} times, first by {found.first}.", style="red"))
    answer(as_json, {"entries": entries, "head": head, **asdict(found)}, lines)
    raise typer.Exit(1 if found.broken else 0)


@ledger.command()
def show(
    subject: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run's id, its beginning, or latest; default: all."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the entries of a run, or all; for a run also digests of what it used, and its hash.

    Example: ballast ledger show latest
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal.answers import answer
    from tasks.record import ledger as chain
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast ledger show")
    must_exist(context.warehouse)
    entries, used = chain.entries(context, subject)
    found = {"entries": entries} | ({"ledger": used.model_dump(mode="json")} if used else {})
    answer(as_json, found, _entries(entries))


def _entries(entries: Sequence[Entry]) -> Iterator[Text]:
    from rich.text import Text

    if not entries:
        yield Text("The ledger has no entry of it.")
    for one in entries:
        said = ", ".join(f"{name} {one.payload[name]}" for name in KEYS if one.payload.get(name))
        yield Text(f"{one.seq}  {one.at:%Y-%m-%d %H:%M:%S} UTC  {one.kind} {one.subject}: {said}")
        yield Text(f"    {one.hash}", style="dim")


@audit.command()
def export(
    year: Annotated[int, typer.Option(min=1900, max=2200, help="The year, for example 2026.")],
    out: Annotated[
        Path, typer.Option(metavar="FILE.zip", help="The archive to write; it must not exist yet.")
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Export a year's runs, trades, checks, messages, decisions and fills, with the ledger that proves them.

    Example: ballast audit export --year 2026 --out audit-2026.zip
    """
    from rich.text import Text

    from config import settings
    from flows.commands import calls
    from flows.terminal.answers import answer
    from flows.terminal.watching import watching
    from tasks.record import audit as auditing
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast audit export")
    must_exist(context.warehouse)
    with watching(not as_json) as progress:
        done = auditing.export(replace(context, progress=progress), year, out)
    words = f"{done.out}: {done.runs} runs and {done.entries} entries of the ledger in {done.files} files."
    answer(as_json, asdict(done), [Text(words), Text(f"SHA-256 {done.sha256}", style="dim")])


def runs(
    portfolio: Annotated[
        str | None,
        typer.Option("--portfolio", metavar="NAME", help="Only this portfolio; default: every one."),
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", help="Only this trading day, YYYY-MM-DD; default: all.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List daily runs, the newest first, and which newer run has replaced each.

    Example: ballast runs --portfolio core --session 2015-08-24
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal.answers import answer
    from tasks.run import run_list
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast runs")
    must_exist(context.warehouse)
    found = run_list.listing(context, portfolio, day("--session", session) if session else None)
    answer(as_json, {"runs": found}, _runs(found))


def _runs(found: Sequence[Listed]) -> Iterator[Text]:
    from rich.text import Text

    if not found:
        yield Text("There is no such run.")
    for one in found:
        study = " for study" if one.historical else ""
        replaced = f", replaced by {one.superseded_by}" if one.superseded_by else ""
        started = f"started {one.started_at:%Y-%m-%d %H:%M} UTC"
        yield Text(f"{one.run_id}  {one.session}  {one.status}{study}, {started}{replaced}")


def explain(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, its beginning, or latest.")],
    symbol: Annotated[str | None, typer.Argument(metavar="[SYMBOL]", help="Default: every one.")] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Only this account, in a portfolio with accounts.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Explain each trade of a run, the alternatives, and why other symbols have no trade.

    Example: ballast explain latest SPY
    Of one account: ballast explain latest SPY --account A-1001
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import rationale
    from flows.terminal.answers import answer, plain
    from tasks.record import explain as reasoning
    from warehouse.backend import must_exist

    context = calls.context(settings.load(home), "ballast explain")
    must_exist(context.warehouse)
    story = reasoning.explain(context, run, symbol, account)
    answer(as_json, plain(story), rationale.render(story))
