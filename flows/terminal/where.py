"""Where a run's messages, pages and numbers can be found again, for the terminal."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from tasks.context.words import instant
from tasks.report.model import Report


def where(report: Report, home: Path) -> Iterator[RenderableType]:
    """The lines; `home` tells where previews lie."""
    yield Text("\nWhere", style="bold")
    for notice in report.notices:
        error = f": {notice.error}" if notice.error else ""
        place = _preview(home, report, notice.key) if notice.state == "preview" else notice.channel
        what, before = f"{notice.kind.capitalize()} message", report.earlier.get(notice.key)
        if before and notice.state in {"sent", "preview"}:
            yield _line(f"{what} not repeated: run {before} told the same, {place}{error}")
        else:
            yield _line(f"{what} {notice.state}: {place}{error}")
    if report.docs:
        yield _line(f"Data Docs: {report.docs}")
    if report.url:
        yield _line(f"Run in Prefect: {report.url}")
    if report.ledger and report.ledger.hash:
        yield _line(f"Ledger entry {report.ledger.hash}")
    if report.known_at:
        yield _line(f"Data known at {instant(report.known_at, report.time_zone)}")
    home_too = f"--home {shlex.quote(str(home))}"
    whose = f"--account {report.account} " if report.account else ""
    yield _line(f"Again: ballast show {report.run_id} {whose}{home_too}")
    if report.status != "failed":  # it has found nothing that could be compared
        yield _line(f"Recompute: ballast replay {report.run_id} {home_too}")


def _line(text: str) -> Text:
    """Text that is not wrapped, so that a path in it can be copied."""
    return Text(text, no_wrap=True, overflow="ignore")


def _preview(home: Path, report: Report, key: str) -> str:
    found = next((home / "previews").glob(f"{report.session}-*-{key[:12]}.json"), None)
    return str(found) if found else str(home / "previews")
