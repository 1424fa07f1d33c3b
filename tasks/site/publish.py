"""Writing the pages of a HOME: a run's own, and the home page."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from quant.errors import WarehouseError
from tasks.context.context import Context
from tasks.report.assemble import assemble
from tasks.report.digest import digest
from tasks.report.formats import html
from tasks.report.model import Report
from tasks.run.run_list import Listed
from tasks.site import home_page
from tasks.site.home_page import Latest
from tasks.site.page import page
from warehouse.database.database import Database
from warehouse.database.files import write_atomically

log = logging.getLogger(__name__)

SHOWN = 200
"""So many runs are on the home page; `ballast runs` lists all."""


@dataclass(frozen=True)
class _Found:
    """What one visit reads for the pages: up to which entry of the ledger, and what has changed."""

    seq: int
    restored: bool
    reports: list[Report]
    latest: list[Latest]
    listed: list[Listed]


def folder(home: Path) -> Path:
    """Where the pages lie."""
    return home / "site"


def page_of(home: Path, run_id: str) -> Path:
    """The page of a run."""
    return folder(home) / "runs" / f"{run_id}.html"


class Pages:
    """The pages that are to be written: of the runs that the ledger has news of, and the home page."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._found: _Found | None = None

    def read(self, db: Database, report: Report | None = None) -> None:
        """Read what has changed since the pages were written; `report` is of a run, as read in this visit."""
        since = _since(_mark(self._context.home))
        self._found = _read(db, self._context, since, report)

    def write(self) -> list[Path]:
        """Write what was read, unless somebody has written newer pages meanwhile; the runs' pages.

        Raises:
            WarehouseError: somebody else writes pages for too long.
            OSError: a page cannot be written.
        """
        home, found = self._context.home, self._found
        if found is None:
            return []
        with _alone(self._context):
            if not found.restored and found.seq < _since(_mark(home)):
                return []  # who wrote later has read all of this too, and newer
            files = [page_of(home, report.run_id) for report in found.reports]
            for file, report in zip(files, found.reports, strict=True):
                write_atomically(file, _page(report, home))
            made = home_page.render(found.latest, found.listed, self._context.now())
            write_atomically(folder(home) / "index.html", made)
            write_atomically(_mark(home), f"{found.seq}\n")
        return files


def refresh(context: Context) -> list[Path]:
    """Write the pages of what has changed; the runs' pages.

    Raises:
        WarehouseError: the warehouse cannot be read, or somebody else writes pages for too long.
        OSError: a page cannot be written.
    """
    pages = Pages(context)
    context.warehouse.read(pages.read)
    return pages.write()


def _mark(home: Path) -> Path:
    """The file that says up to which entry of the ledger the pages are written."""
    return folder(home) / ".seq"


def _since(mark: Path) -> int:
    """Up to which entry of the ledger the pages are written; 0 where that is not known."""
    try:
        return int(mark.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _read(db: Database, context: Context, since: int, known: Report | None) -> _Found:
    (seq,) = db.column("ledger_seq")
    restored = since > seq  # such a warehouse knows less than the pages
    changed = db.column("site_stale", seq=0 if restored else since, most=SHOWN)
    others = [run_id for run_id in changed if known is None or run_id != known.run_id]
    reports = [one for run_id in others if (one := _report(db, run_id, context)) is not None]
    return _Found(
        seq,
        restored,
        reports if known is None else [known, *reports],
        db.select(Latest, "site_portfolios"),
        db.select(Listed, "runs_listed", portfolio=None, session=None)[:SHOWN],
    )


def _report(db: Database, run_id: str, context: Context) -> Report | None:
    """The report of a run; None, with a line in the log, where none can be made: other runs have pages."""
    try:
        return assemble(db, run_id, context.now())
    except Exception:
        log.exception("run %s has no page", run_id)
        return None


def _page(report: Report, home: Path) -> str:
    document = digest(report, home)
    return page(str(document.verdict), html.render(document), "../index.html")


@contextmanager
def _alone(context: Context) -> Iterator[None]:
    place = folder(context.home)
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / ".lock", timeout=context.settings.lock_timeout, fallback_to_soft=False)
    try:
        with lock.acquire(poll_interval=0.02):
            yield
    except Timeout:
        raise WarehouseError(
            f"{place}: another process writes the pages; waited {context.settings.lock_timeout:g} s."
        ) from None
