"""The files that go with a day's message: its orders, and pictures of it. Data in, bytes out."""

import logging
from collections.abc import Iterator, Sequence

from tasks.report.files.attachment import Attachment
from tasks.report.files.drawing import png
from tasks.report.files.orders_file import orders_file
from tasks.report.files.pictures import pictures
from tasks.report.model import Report
from tasks.report.orders import csv_name
from warehouse.tables.accounts import AccountTrade

log = logging.getLogger(__name__)


def attachments(report: Report, of_accounts: Sequence[AccountTrade] = ()) -> tuple[Attachment, ...]:
    """The orders of a run, or those `of_accounts`, as a file, where there are some, and its pictures.

    A picture that cannot be drawn is logged and left out: nothing waits for it.
    """
    return (*_orders(report, of_accounts), *_drawn(report))


def _orders(report: Report, of_accounts: Sequence[AccountTrade]) -> Iterator[Attachment]:
    if any(one.status == "proposed" for one in report.trades):
        said = "The orders; write what was executed into it for ballast fills import"
        yield Attachment(csv_name(report), "Orders", said, orders_file(report, of_accounts).encode())


def _drawn(report: Report) -> Iterator[Attachment]:
    try:
        found = pictures(report)
    except Exception:  # a picture holds nothing up
        log.exception("no picture could be made of run %s", report.run_id)
        return
    stem = csv_name(report).removeprefix("orders-").removesuffix(".csv")
    for one in found:
        try:
            yield Attachment(f"{one.name}-{stem}.png", one.title, one.alt, png(one))
        except Exception:  # the same for a chart that the renderer refuses
            log.exception("the picture %s of run %s could not be drawn", one.name, report.run_id)
