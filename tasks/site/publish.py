"""Writing the pages of a HOME: a run's own, and the home page."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from tasks.alerts import decided
from tasks.alerts.decided import Alert
from tasks.context.context import Context
from tasks.performance import answer as performance
from tasks.performance.document import parts as parts_of
from tasks.performance.model import Performance
from tasks.report import history
from tasks.report.assemble import assemble
from tasks.report.digest import digest
from tasks.report.document import Document, Place
from tasks.report.formats import html
from tasks.report.model import DriftOn, Report
from tasks.run.run_list import Listed
from tasks.site import alerts, home_page
from tasks.site.charts import MOST, charts, lacking
from tasks.site.draw import CHARTS
from tasks.site.fate import Orders, fate, orders_of
from tasks.site.form import form
from tasks.site.home_page import Latest
from tasks.site.page import page as whole
from tasks.site.place import alone, docs_of, folder, page_of, undrawn_of
from warehouse import alerts as stored
from warehouse import runs
from warehouse.database.database import Database
from warehouse.database.files import write_atomically

log = logging.getLogger(__name__)

SHOWN = 200
"""So many runs are on the home page; `ballast runs` lists all."""


@dataclass(frozen=True)
class RunPage:
    """What a run's page says: its report, the drifts that were recorded up to it, and its orders by now.

    `alerts`: those of its portfolio and session by now; `earned`: how the portfolio has done up to it.
    """

    report: Report
    past: Sequence[DriftOn] = ()
    orders: Orders = field(default_factory=Orders)
    alerts: Sequence[Alert] = ()
    earned: Performance | None = None


@dataclass(frozen=True)
class _Found:
    """What one visit reads for the pages: up to which entry of the ledger, and what has changed.

    `home`: what the home page says, where it is to be written.
    """

    seq: int
    restored: bool
    pages: list[RunPage]
    home: tuple[list[Latest], list[Listed], list[Alert]] | None


class Pages:
    """The pages that are to be written: of the runs that the ledger has news of, and the home page.

    Without `home` that one is left to somebody later: it says something of every portfolio, so each of many
    would write it for all.
    """

    def __init__(self, context: Context, *, home: bool = True) -> None:
        self._context = context
        self._home = home
        self._found: _Found | None = None

    def read(self, db: Database, report: Report | None = None) -> None:
        """Read what has changed since the pages were written; `report` is of a run, as read in this visit."""
        since = _since(_mark(self._context.home))
        self._found = _read(db, self._context, since, report, home=self._home)

    def write(self) -> list[Path]:
        """Write what was read, unless somebody has written newer pages meanwhile; the runs' pages.

        Raises:
            WarehouseError: somebody else writes pages for too long.
            OSError: a page cannot be written.
        """
        home, found = self._context.home, self._found
        if found is None:
            return []
        with alone(self._context):
            if not found.restored and found.seq < _since(_mark(home)):
                return []  # who wrote later has read all of this too, and newer
            files = [write_page(home, one) for one in found.pages]
            if found.home is not None:
                made = home_page.render(*found.home, self._context.now())
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


def _read(db: Database, context: Context, since: int, known: Report | None, *, home: bool) -> _Found:
    (seq,) = db.column("ledger_seq")
    restored = since > seq  # such a warehouse knows less than the pages
    changed = db.column("site_stale", seq=0 if restored else since, most=SHOWN)
    others = [run_id for run_id in changed if known is None or run_id != known.run_id]
    reports = [one for run_id in others if (one := _report(db, run_id, context)) is not None]
    reports = reports if known is None else [known, *reports]
    return _Found(
        seq,
        restored,
        [_page(db, one, context, has_just_ended=one is known) for one in reports],
        _home(db, context) if home else None,
    )


def _home(db: Database, context: Context) -> tuple[list[Latest], list[Listed], list[Alert]]:
    """Every portfolio's newest run, the newest runs, and the alerts."""
    return (
        db.select(Latest, "site_portfolios"),
        db.select(Listed, "runs_listed", portfolio=None, session=None)[:SHOWN],
        decided.recent(db, context.now()),
    )


def _report(db: Database, run_id: str, context: Context) -> Report | None:
    """The report of a run; None, with a line in the log, where none can be made: other runs have pages."""
    try:
        return assemble(db, run_id, context.now())
    except Exception:
        log.exception("run %s has no page", run_id)
        return None


def _page(db: Database, report: Report, context: Context, *, has_just_ended: bool) -> RunPage:
    """What the page says; of a run that has just ended no order has moved, unless the report says so."""
    past = history.drifts(db, report.run_id, MOST)
    earned = _earned(db, report)
    found = decided.shown(db, stored.of_session(db, report.portfolio, date.fromisoformat(report.session)))
    if has_just_ended and not any(
        one.approvals or one.state not in {None, "proposed"} for one in report.trades
    ):
        return RunPage(report, past, alerts=found, earned=earned)
    return RunPage(report, past, orders_of(db, report, context.now()), found, earned)


def _earned(db: Database, report: Report) -> Performance | None:
    """How the portfolio has done up to a run; None, with a line in the log, where that cannot be computed."""
    if report.performance is None:
        return None
    try:
        return performance.of_run(db, runs.load(db, report.run_id))
    except Exception:
        log.exception("the page of run %s has no performance", report.run_id)
        return None


def write_page(home: Path, page: RunPage) -> Path:
    """Write a run's page, and beside it its charts, which are drawn when somebody wants to see them."""
    report = page.report
    found = charts(report, page.past, page.earned)
    document = _with_performance(_with_fate(digest(report, home), page), page)
    main = "\n".join([html.render(document, found, [*lacking(report, found)]), *_what_if(report.portfolio)])
    file, waiting = page_of(home, report.run_id), undrawn_of(home, report.run_id)
    if found:
        write_atomically(waiting, CHARTS.dump_json(found).decode())
    else:
        waiting.unlink(missing_ok=True)
    write_atomically(file, whole(str(document.verdict), main, [*_links(home, report)]))
    return file


def _links(home: Path, report: Report) -> Iterator[tuple[str, str]]:
    """Where else to go from the page of a run; the addresses are the same on the disk and in `ballast up`."""
    yield "../index.html", "All portfolios"
    if docs := docs_of(home, report):
        yield f"../../{docs}", "Checks of the data (Data Docs)"


def _what_if(portfolio: str) -> Iterator[str]:
    """The form that asks what the portfolio would trade now, which `ballast up` answers."""
    yield '<section aria-labelledby="ask">\n<h2 id="ask">What if</h2>'
    yield form([portfolio], {}, "../whatif")
    yield '<p class="soft">Answered where ballast up shows this page.</p>\n</section>'


def portfolios(context: Context) -> list[str]:
    """The portfolios that have run."""
    if not context.warehouse.exists():
        return []
    return [one.portfolio for one in context.warehouse.read(lambda db: db.select(Latest, "site_portfolios"))]


def _with_performance(document: Document, page: RunPage) -> Document:
    """The document with how the portfolio has done, at its end."""
    if page.earned is None:
        return document
    show = f"ballast performance {page.report.portfolio}"
    return replace(document, parts=(*document.parts, *parts_of(page.earned, show, Place.PAGE)))


def _with_fate(document: Document, page: RunPage) -> Document:
    """The document with what became of the orders and of the alerts, behind each."""
    report, lives = page.report, "What became of the alerts"
    more = {
        "trades": fate(report, page.orders, document.where.rest),
        "alerts": alerts.table("alert-lives", lives, page.alerts, report.time_zone, report.portfolio),
    }
    parts = list(document.parts)
    for behind, table in more.items():
        if table.rows:
            parts.insert(next((at for at, one in enumerate(parts, 1) if one.name == behind), 0), table)
    return replace(document, parts=tuple(parts))
