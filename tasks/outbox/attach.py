"""The files of a day's message, sent into its thread once the message itself is on its way."""

import logging
from collections.abc import Sequence

from config.portfolio import Portfolio
from tasks.context.context import Context
from tasks.notifiers import Channel, channels_of, load
from tasks.outbox.prepare import prepare_file
from tasks.outbox.transport import deliver, files
from tasks.outbox.transport.attempts import Clock
from tasks.report.assemble import assemble
from tasks.report.files.attachment import Attachment
from tasks.report.files.attachments import attachments
from tasks.report.model import Report
from warehouse import accounts, notices
from warehouse.database.database import Database
from warehouse.notices import Notice
from warehouse.tables.accounts import AccountTrade

log = logging.getLogger(__name__)

Told = tuple[Channel, Notice]


def send_files(context: Context, run_id: str, portfolio: Portfolio) -> None:
    """Send a run's orders and pictures into the threads of its own messages, each once.

    Not where its message was told by an earlier run that found the same. Whatever fails is logged: the
    message has been told, and nothing waits for a file.
    """
    channels = [one for one in channels_of(context.settings, portfolio) if load(one.notifier).THREADS]
    if not channels:
        return
    try:
        told, report, orders = context.warehouse.read(lambda db: _told(db, context, run_id, channels))
        if told:
            _send(context, told, attachments(report, orders))
    except Exception:  # a file holds up nothing
        log.exception("the files of run %s were not sent", run_id)


def _told(
    db: Database, context: Context, run_id: str, channels: Sequence[Channel]
) -> tuple[list[Told], Report, list[AccountTrade]]:
    """The channels that have this run's own digest, each with it; the report, and the orders of accounts."""
    own = {
        one.notice.channel: one.notice
        for one in notices.of_run(db, run_id)
        if one.notice.kind == "digest" and one.notice.run_id == run_id and one.state != "superseded"
    }
    told = [(one, own[one.address]) for one in channels if one.address in own]
    orders = accounts.proposed(db, run_id, None) if told else []
    return told, assemble(db, run_id, context.now()), orders


def _send(context: Context, told: Sequence[Told], found: Sequence[Attachment]) -> None:
    kept = [(one, files.keep(context.home, one.content)) for one in found]

    def ask(db: Database) -> None:
        for channel, message in told:
            for one, digest in kept:
                notices.ask(db, prepare_file(one, digest, message, channel), context.now())

    context.warehouse.transact(ask)
    for channel, _ in told:
        deliver.drain(context.warehouse, channel, Clock(context.now, context.sleep))
