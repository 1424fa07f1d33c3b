"""One day from vendor to Slack: the order of the steps, with or without Prefect around them."""

import logging

from quant.errors import BallastError
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies, optional
from tasks.day.check_data import check_data
from tasks.day.check_risk import check_risk
from tasks.day.fall_back import fall_back
from tasks.day.fetch import fetch
from tasks.day.measure import measure
from tasks.day.propose_trades import propose_trades
from tasks.outbox.attach import send_files
from tasks.outbox.notify import notify, notify_alerts
from tasks.report.digest import digest
from tasks.report.model import Report
from tasks.run.lifecycle import RunRequest, begin, close_run, open_run
from tasks.site.publish import Pages, refresh

log = logging.getLogger(__name__)


def run_day(
    context: Context,
    request: RunRequest,
    *,
    notifying: bool = True,
    token: str | None = None,
    alone: bool = True,
) -> Report:
    """Run the day that `request` describes; a failure ends as a report with status "failed", never lost.

    `token` identifies the run to a retry, which goes on with what the run had ingested. Not `alone`: several
    portfolios have a day, and whoever began it calls `finish` after the last one.
    """
    with context.warehouse.keeping():
        report = _run(context, request, token, notifying=notifying, alone=alone)
    if alone:
        leave_copies(context)
    return report


def finish(context: Context) -> None:
    """What is done once after a day of several portfolios: home page, copy for readers, backup."""
    with optional("the pages were not written"):
        refresh(context)
    leave_copies(context)


def _run(context: Context, request: RunRequest, token: str | None, *, notifying: bool, alone: bool) -> Report:
    opened = begin(context, request, token)
    run_id = opened.run_id
    log.info("run %s: %s on %s, source %s", run_id, request.portfolio.name, request.session, request.source)
    if opened.ingest is not None:
        log.info("fetched: by run %s, for several portfolios", opened.ingest)
    try:
        if opened.ingest is None:
            fetch(context, run_id)
            check_data(context, run_id)
            fall_back(context, run_id)
        measure(context, run_id)
        if notifying:
            notify_alerts(context, run_id)
        propose_trades(context, run_id)
        check_risk(context, run_id)
        if notifying:
            notify(context, run_id)
    except Exception as error:  # noqa: BLE001 - whatever it is, the ledger must say so
        return _failed(context, run_id, error, notifying=notifying)
    report = _said(_closed(context, run_id, alone=alone))
    if notifying:
        send_files(context, run_id, request.portfolio)
    return report


def _said(report: Report) -> Report:
    """The report, once the log has what became of its messages and what was decided."""
    for one in report.notices:
        log.info("%s: %s to %s%s", one.state, one.kind, one.channel, f" ({one.error})" if one.error else "")
    log.info("decided: %s", digest(report).verdict.decision)
    return report


def _closed(context: Context, run_id: str, error: str | None = None, *, alone: bool = True) -> Report:
    """End a run, and write the pages of what it has changed; the run has ended also without them."""
    pages = Pages(context, home=alone)
    report = close_run(context, run_id, error, pages.read)
    with optional("the pages were not written"):
        pages.write()
    return report


def refuse_day(
    context: Context,
    request: RunRequest,
    error: BallastError,
    *,
    notifying: bool = True,
    token: str | None = None,
) -> Report:
    """Enter a day that could not begin as a failed run, and tell so."""
    return _failed(context, open_run(context, request, token), error, notifying=notifying)


def _failed(context: Context, run_id: str, error: Exception, *, notifying: bool) -> Report:
    """Close a run as failed, and tell so: silence would read as "nothing to trade"."""
    sentence = str(error)
    if not isinstance(error, BallastError):
        log.error("run %s failed", run_id, exc_info=error)
        sentence = f"{type(error).__name__}: {error}"
    if not notifying:
        return _closed(context, run_id, sentence)
    report = close_run(context, run_id, sentence)
    try:
        notify(context, run_id)
        return _said(_closed(context, run_id, sentence))  # again, with the notice
    except Exception as another:  # noqa: BLE001 - whatever stopped the run may stop its message too
        log.warning("the failure of run %s could not be reported: %s", run_id, another)
        with optional("the pages were not written"):
            refresh(context)
        return report
