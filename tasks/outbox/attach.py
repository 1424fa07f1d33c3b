"""The files of a day's message, sent into its thread once the message itself is on its way."""

from collections.abc import Sequence

from config.portfolio import stored
from tasks.context.context import Context
from tasks.notifiers import Channel, channels_of, load
from tasks.outbox import deliver, files
from tasks.outbox.attempts import Clock
from tasks.outbox.prepare import prepare_file
from tasks.report.attachment import Attachment
from warehouse import notices, runs
from warehouse.database.database import Database
from warehouse.notices import Notice


def takers(context: Context, run_id: str) -> list[tuple[Channel, Notice]]:
    """The channels that take files and were told of a run first of all, each with that message."""
    return context.warehouse.read(lambda db: _takers(db, context, run_id))


def attach(context: Context, to: Sequence[tuple[Channel, Notice]], found: Sequence[Attachment]) -> None:
    """Send files into the threads of messages, each once; one that fails holds up nothing.

    Raises:
        OSError: HOME/outbox cannot be written.
        WarehouseError: the outbox cannot be written.
    """
    kept = [(one, files.keep(context.home, one.content)) for one in found]

    def ask(db: Database) -> None:
        for channel, message in to:
            for one, digest in kept:
                notices.ask(db, prepare_file(one, digest, message, channel), context.now())

    context.warehouse.transact(ask)
    for channel, _ in to:
        deliver.drain(context.warehouse, channel, Clock(context.now, context.sleep))


def _takers(db: Database, context: Context, run_id: str) -> list[tuple[Channel, Notice]]:
    told = {
        one.notice.channel: one.notice
        for one in notices.of_run(db, run_id)
        if one.notice.kind == "digest" and one.notice.run_id == run_id and one.state != "superseded"
    }
    channels = channels_of(context.settings, stored(runs.load(db, run_id).config))
    return [(one, told[one.address]) for one in channels if one.address in told and load(one.notifier).FILES]
