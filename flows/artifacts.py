"""The report as artifacts of a flow run: what Prefect's pages show of a day."""

import re

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.report.digest import digest
from tasks.report.document import Table
from tasks.report.formats import markdown
from tasks.report.model import Report

TABLES = {"trades", "checks", "drift"}
"""The tables that are artifacts of their own too, with every row."""


def publish(report: Report) -> None:
    """Attach the digest and its tables to the current flow run.

    The keys name flow and portfolio, so that each portfolio has a history of its own on the Artifacts page.
    """
    prefix = re.sub(r"[^a-z0-9]+", "-", f"{report.flow} {report.portfolio}".lower()).strip("-")
    document = digest(report)
    title = f"{report.portfolio} on {report.session}"
    page = markdown.render(document)
    create_markdown_artifact(page, key=f"{prefix}-digest", description=f"Digest: {title}")
    for part in document.parts:
        if isinstance(part, Table) and part.name in TABLES:
            described = f"{part.name.capitalize()}: {title}"
            create_table_artifact(cells(part), key=f"{prefix}-{part.name}", description=described)


def cells(table: Table) -> list[dict[str, str]]:
    """A row for each row, its cells by their columns; what is said of it in a last one."""
    said = any(row.notes for row in table.rows)
    columns = [name or "status" for name in table.columns]
    return [
        dict(zip(columns, row.cells, strict=True)) | ({"why": " ".join(row.notes)} if said else {})
        for row in table.rows
    ]
