"""How a command ends: what it prints, where mistakes are told, and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

import typer

from quant.errors import BallastError

if TYPE_CHECKING:
    from tasks.report.model import Report

Refusal = tuple[BallastError, str | None]
"""Why a portfolio could not be run, and the failed run that says so to its people."""


def finish(
    reports: Sequence[Report],
    as_json: bool,
    home: Path,
    *,
    single: bool,
    refused: Mapping[str, Refusal] = MappingProxyType({}),
    full: bool = False,
) -> NoReturn:
    """Print what was found and leave with the worst exit code; `refused` portfolios could not be run."""
    from flows.terminal import terminal
    from tasks.report.model import Refused, Runs

    if as_json and not single:
        errors = [
            Refused(portfolio=name, error=str(error), run_id=run) for name, (error, run) in refused.items()
        ]
        terminal.print_json(Runs(runs=list(reports), errors=errors).model_dump(mode="json"))
    else:
        for report in reports:
            terminal.print_report(report, as_json, home, full=full)
    failed = [report for report in reports if report.status == "failed"]
    for report in failed:
        complain(f"run {report.run_id} failed: {report.error}")
    raise typer.Exit(max([0, *(1 for _ in failed), *(error.exit_code for error, _ in refused.values())]))


def mistaken(sentence: str) -> None:
    """Tell a mistake as JSON where that was asked for."""
    from flows.terminal import terminal
    from tasks.report.model import Mistake

    if "--json" in sys.argv:
        terminal.print_json(Mistake(error=sentence).model_dump(mode="json", by_alias=True))


def complain(sentence: str) -> None:
    """Tell a mistake to people, on standard error."""
    from flows.terminal.console import Console

    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"ballast: {sentence}")
