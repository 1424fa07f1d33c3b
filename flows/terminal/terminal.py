"""What a person sees when a command is done."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from flows.terminal.console import Console

if TYPE_CHECKING:
    from tasks.data.backfill import Backfilled
    from tasks.data.check_files import Flaw
    from tasks.data.doctor import Finding
    from tasks.data.export import Exported
    from tasks.data.load import Loaded
    from tasks.data.measure_symbols import Estimated
    from tasks.data.restored import BroughtBack
    from tasks.record.replay import Replayed
    from tasks.report.model import Report
    from warehouse.backend import Taken
    from warehouse.record.verify import Content, Invariant

SHOWN = 8
"""Of rows that the checks rejected so many are listed."""


def print_json(answer: object) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(answer, allow_nan=False, default=str) + "\n")


def print_report(report: Report, as_json: bool, home: Path, *, full: bool = False) -> None:
    """A run's report, as JSON or as a digest."""
    from flows.terminal import digest

    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        Console(highlight=False).print(digest.render(report, home, full=full), crop=False)  # paths stay whole


def backfilled(done: Sequence[Backfilled], as_json: bool) -> None:
    """What backfills brought."""
    from tasks.sources import TRANSIENT

    if as_json:
        print_json({"schema": 1, "backfills": [asdict(one) for one in done]})
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in done:
        console.print(
            f"{one.source}, {one.start} to {one.end}: {one.rows_new} new rows, {one.rows_restated} restated, "
            f"{one.rows_quarantined} quarantined.",
            markup=False,
        )
        if one.resumed:
            console.print(f"  {one.resumed} symbols had been stored by a backfill that was not complete.")
        for reason in one.held:
            console.print(f"  A batch was held: {reason}", style="red", markup=False)
        for error in one.errors:
            console.print(f"  {error.symbol}: {error.kind}: {error.error}", style="yellow", markup=False)
        if any(error.kind in TRANSIENT for error in one.errors):
            console.print("  Not complete: the same command, later, asks for the missing symbols alone.")


def loaded(done: Loaded, as_json: bool) -> None:
    """What an archived delivery brought."""
    from tasks.context.instants import instant

    if as_json:
        print_json({"schema": 1, **asdict(done), "known_at": instant(done.known_at)})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    fields = ", ".join(f"{count} {field}" for field, count in done.restated.items() if count)
    console.print(
        f"{done.source}, known at {done.known_at:%Y-%m-%d %H:%M:%S} UTC: {len(done.symbols)} symbols, "
        f"{done.rows_new} new rows, {done.rows_restated} restated{f' ({fields})' if fields else ''}, "
        f"{done.rows_quarantined} quarantined."
    )
    if done.held:
        console.print(f"  Held: {done.held}", style="red")
    for symbol, days in groupby(done.missing, key=attrgetter("symbol")):
        sessions = [row.session for row in days]
        console.print(
            f"  {symbol} lacks {', '.join(sessions[:5])}"
            + (f" and {len(sessions) - 5} more sessions" if len(sessions) > 5 else ""),
            style="yellow",
        )
    for error in done.errors:
        console.print(f"  {error.symbol}: {error.kind}: {error.error}", style="yellow")


def exported(done: Exported, as_json: bool) -> None:
    """What was written where."""
    from tasks.context.instants import instant

    if as_json:
        print_json({"schema": 1, **asdict(done), "known_at": instant(done.known_at)})
        return
    Console(highlight=False, soft_wrap=True, markup=False).print(
        f"{done.out}: {done.rows} rows of {done.symbols} symbols, "
        f"{'adjusted' if done.adjusted else 'as traded'}, from {', '.join(done.sources)}, "
        f"as known at {done.known_at:%Y-%m-%d %H:%M:%S} UTC."
    )


def replayed(outcome: Replayed, as_json: bool) -> None:
    """Whether a replay found the same numbers, and what computes differently since."""
    difference = str(outcome.difference) if outcome.difference else None
    if as_json:
        same = {"same": difference is None, "numbers": outcome.numbers, "difference": difference}
        print_json({"schema": 1, "run_id": outcome.run_id, **same, "changed": outcome.changed})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if difference:
        console.print(f"{outcome.run_id} differs: {difference}", style="red")
    else:
        console.print(f"{outcome.run_id}: all {outcome.numbers} numbers are the same.")
    for name, (then, now) in outcome.changed.items():
        console.print(f"  {name} was {then}, is {now}", style="dim")


def diagnosed(findings: Sequence[Finding], as_json: bool) -> None:
    """One line for each thing that was looked at."""
    if as_json:
        print_json({"schema": 1, "checks": [asdict(finding) for finding in findings]})
        return
    console = Console(highlight=False, soft_wrap=True)
    marks = {"good": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[red]✗[/]"}
    for finding in findings:
        console.print(f"{marks[finding.status]} {finding.name:<12}", end="")
        console.print(finding.detail, markup=False)


def verified(tables: Sequence[Content], invariants: Sequence[Invariant], as_json: bool) -> None:
    """What was read of a warehouse, and whether each invariant holds."""
    if as_json:
        held = [asdict(one) for one in invariants]
        print_json({"schema": 1, "tables": [asdict(one) for one in tables], "invariants": held})
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{sum(table.rows for table in tables):,} rows in {len(tables)} tables were read.")
    for one in invariants:
        console.print("[red]✗[/] " if one.broken else "[green]✓[/] ", end="")
        console.print(f"{one.name}: {one.rule}", markup=False)
        if one.broken:
            console.print(f"  Broken {one.broken} times, first by {one.first}.", style="red", markup=False)


def backed_up(taken: Taken, as_json: bool) -> None:
    """Which backup was taken, what it holds, and what made room for it."""
    file, at, rows = taken.backup.file, taken.backup.taken_at, sum(table.rows for table in taken.tables)
    if as_json:
        tables = [asdict(one) for one in taken.tables]
        answer = {"schema": 1, "file": file, "taken_at": at.isoformat(), "bytes": taken.size}
        print_json(answer | {"tables": tables, "removed": taken.removed})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{file}: {taken.size / 1e6:,.1f} MB, {rows:,} rows read back and every invariant holds.")
    for old in taken.removed:
        console.print(f"  removed {old.name}", style="dim")


def restored(done: BroughtBack, as_json: bool) -> None:
    """Which backup is in place now, what was given up for it, and how to fetch the rest."""
    outcome, again = done.restored, done.booked
    if as_json:
        more = {"taken_at": outcome.taken_at.isoformat(), "entered_again": again}
        more["disabled_again"] = [one.portfolio for one in done.disabled]
        print_json({"schema": 1} | asdict(outcome) | more)
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for sentence in outcome.passed_over:
        console.print(f"Passed over: {sentence}", style="yellow")
    rows = sum(table.rows for table in outcome.tables)
    console.print(f"The warehouse is as it was at {outcome.taken_at:%Y-%m-%d %H:%M:%S} UTC: {rows:,} rows.")
    for file in outcome.aside:
        console.print(f"What lay there is kept as {file}.")
    if again:
        console.print(
            f"Fills and cancellations that the holdings have, entered in its ledger again: {again}."
        )
    for one in done.disabled:
        console.print(f"Disabled again: {one.portfolio} is {one}.")
    if not done.known:
        console.print(
            "Nobody can tell what was disabled since then: disable it again.",
            style="yellow",
        )
    console.print("Approvals, rejections and overrides since then are not in it: give them again.")
    console.print(
        "Prices and runs since then are not in it: fetch the prices with `ballast backfill --portfolio all "
        f"--start {outcome.taken_at:%Y-%m-%d}`, then repeat the runs with `ballast daily --portfolio all`."
    )


def examined(findings: Sequence[Flaw], as_json: bool) -> None:
    """What is wrong with files, one row for each finding."""
    from rich import box
    from rich.table import Table

    if as_json:
        print_json({"schema": 1, "findings": [asdict(finding) for finding in findings]})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    table = Table("Symbol", "Session", "Rule", "Kind", "Value", "Certain repair", box=box.SIMPLE_HEAD)
    for one in findings:
        repair = ", ".join(f"{name} {value:.6g}" for name, value in (one.proposed or {}).items())
        value = "" if one.value is None else f"{one.value:.6g}"
        table.add_row(one.symbol, one.session, one.rule, one.kind, value, repair)
    console.print(table if findings else "Nothing found.")
    console.print("1 finding." if len(findings) == 1 else f"{len(findings)} findings.")


def measured(found: Estimated, as_json: bool) -> None:
    """Volatilities and signals of symbols; what the checks rejected of the history, on standard error."""
    from flows.terminal import digest
    from tasks.data.symbol_risk import risk_tables
    from tasks.report.tables import measures
    from tasks.report.words.data_words import holes

    notes = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    for row in found.rejected[:SHOWN]:
        notes.print(f"Left out: {row.symbol} {row.session} {row.rule}", style="yellow")
    if len(found.rejected) > SHOWN:
        notes.print(f"Left out: {len(found.rejected) - SHOWN} more rows", style="yellow")
    if as_json:
        print_json(found.measures.model_dump(mode="json"))
        return
    console = Console(highlight=False)
    console.print(f"{found.session}, {found.source}, {found.returns} returns", markup=False, soft_wrap=True)
    for line in holes(found.measures.gaps, found.measures.begins):
        console.print(line, markup=False, soft_wrap=True, style="yellow")
    again = "the same command with --json"
    tables = measures(found.measures.measures, found.measures.signals, again)
    for table in (*tables, *risk_tables(found.measures.risk, again)):
        console.print(*(digest.part(table) if table.rows else ()), sep="\n")
