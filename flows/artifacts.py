"""The report as artifacts of a flow run: what Prefect's pages show of a day."""

import re
from collections.abc import Sequence

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from tasks.report.digest import digest
from tasks.report.document import Table
from tasks.report.formats import markdown
from tasks.report.model import Report

TABLES = {"trades", "checks", "drift"}
"""The tables that are artifacts of their own too, with every row."""


def publish(report: Report, links: Sequence[tuple[str, str]] = ()) -> None:
    """Attach the digest and its tables to the current flow run; `links` are texts and addresses of pages.

    The keys name flow and portfolio, so that each portfolio has a history of its own on the Artifacts page.
    A run's page shows the artifacts of its tasks below its own: so the digest comes first.
    """
    prefix = re.sub(r"[^a-z0-9]+", "-", f"{report.flow} {report.portfolio}".lower()).strip("-")
    document = digest(report)
    title = f"{report.portfolio} on {report.session}"
    way = " · ".join(f"[{text}]({address})" for text, address in links)
    page = f"{markdown.render(document)}\n\n{way}".rstrip()
    create_markdown_artifact(page, key=f"{prefix}-digest", description=f"Digest: {title}")
    tables([part for part in document.parts if isinstance(part, Table)], prefix, title)


@task(cache_policy=NO_CACHE, persist_result=False)
def tables(parts: Sequence[Table], prefix: str, title: str) -> None:
    """Attach tables to the current task run, as markdown: Prefect's own tables are cut."""
    for part in parts:
        if part.name in TABLES:
            described = f"{part.name.capitalize()}: {title}"
            create_markdown_artifact(markdown.whole(part), key=f"{prefix}-{part.name}", description=described)
