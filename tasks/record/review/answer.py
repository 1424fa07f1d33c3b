"""The review of a year, and its archive."""

from pathlib import Path

from tasks.context.context import Context
from tasks.record import audit
from tasks.record.audit import Archive
from tasks.record.review.document import document
from tasks.record.review.model import Review
from tasks.record.review.year import review
from tasks.report.formats import alone
from warehouse.database.database import Database


def of_year(context: Context, year: int) -> Review:
    """What happened in a year.

    Raises:
        InputError: nothing did.
    """

    def work(db: Database) -> Review:
        return review(db, year, *audit.of_year(db, year), context.now())

    return context.warehouse.read(work)


def export(context: Context, found: Review, out: Path) -> Archive:
    """The record of the year, as `ballast audit export` writes it, with the review as a page and as JSON.

    Raises:
        InputError: the file exists or cannot be written.
        WarehouseError: the ledger does not hold.
    """
    page, content = alone.page(document(found)), found.model_dump_json(indent=1)
    more = {"review.html": page.encode(), "review.json": f"{content}\n".encode()}
    return audit.export(context, found.year, out, more)
