"""Where the pages of a HOME are reached from Prefect's own."""

from prefect.settings import PREFECT_API_URL

from flows.up.instance import recorded
from tasks.context.context import Context
from tasks.report.links import page_of_run
from tasks.report.model import Report
from tasks.site.place import docs_of


def links(context: Context, report: Report) -> list[tuple[str, str]]:
    """The text and the address of a run's page and of its Data Docs; none where the link would be dead.

    Below BALLAST_PUBLIC_URL; without it beside Prefect's pages, where `ballast up` of this HOME serves both:
    not where it works for somebody else's server.
    """
    base = context.settings.public_url.rstrip("/")
    running = recorded(context.home)
    if not base and (running is None or running.name or running.api != PREFECT_API_URL.value()):
        return []
    docs = docs_of(context.home, report)
    found = [("The page of this run", page_of_run(base, report.run_id))]
    return found + ([("What was checked of its prices", f"{base}/{docs}")] if docs else [])
