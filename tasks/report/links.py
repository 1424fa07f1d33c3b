"""Addresses that a reader on another machine can open."""

from urllib.parse import quote, urlsplit, urlunsplit

from tasks.report.model import Report

PAGES = "/site"
"""Where `ballast up` serves the pages of HOME/site."""


def told(report: Report, base: str) -> Report:
    """The report as others are told it: with the links that can be opened below `base`, and no others."""
    page = page_of_run(base, report.run_id) if base else None
    return report.model_copy(update={"url": public(report.url, base), "page": page})


def page_of_run(base: str, run_id: str) -> str:
    """The address of a run's page below `base`."""
    return f"{base.rstrip('/')}{PAGES}/runs/{quote(run_id)}.html"


def public(url: str | None, base: str) -> str | None:
    """A page of this machine's Prefect server as it is reached from outside, below `base`.

    None without a page, and where nobody has said what the server is called outside: an address of this
    machine would be a dead link to everybody else.
    """
    if not url or not base:
        return None
    own, outside = urlsplit(url), urlsplit(base)
    path = outside.path.rstrip("/") + own.path
    return urlunsplit((outside.scheme, outside.netloc, path, own.query, own.fragment))
