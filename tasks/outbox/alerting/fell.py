"""What the crash watch tells: a message for each portfolio, session and kind of fall, changed as it goes on.

A channel whose messages can be changed shows one that says how things stand, and what changed in its thread;
another one gets a message each time.
"""

import logging
from collections.abc import Collection
from datetime import date, datetime

from tasks.context.context import Context
from tasks.notifiers import Channel, load
from tasks.outbox.prepare import prepare_answer, prepare_fall, prepare_file
from tasks.outbox.transport import deliver, files
from tasks.outbox.transport.attempts import Clock
from tasks.outbox.transport.deliver import NEWER
from tasks.report.files.attachment import Attachment
from tasks.report.files.drawing import png
from tasks.report.files.fall_picture import Hour, hour_picture
from tasks.report.messages.fell import Fell, of_changed, of_falls
from warehouse import notices
from warehouse.database.database import Database
from warehouse.notices import Notice

log = logging.getLogger(__name__)

KINDS = {"flash_crash": "fall", "market_wide": "market_fall"}
"""What the notice of each kind of alert is called."""


def ask(db: Database, told: Fell, channels: Collection[Channel], now: datetime) -> None:
    """Put into the outbox what tells falls to channels; in the unit of work that notes them as told."""
    message = of_falls(told)
    for channel in channels:
        notice = prepare_fall(message, channel, told, now)
        if notices.by_key(db, notice.key) is not None:
            continue
        shown = notices.standing(db, notice, notice.kind) or _on_its_way(db, notice)
        notice = notices.ask(db, notice, now).notice
        notices.overtake(db, notice, NEWER, now)
        if shown and told.fresh and load(channel.notifier).EDITS:
            notices.ask(db, prepare_answer(of_changed(told), notice, channel, notice.key), now)


def illustrate(context: Context, told: Fell, hour: Hour, channels: Collection[Channel]) -> None:
    """Send a picture of the last hour into the thread of the message that told falls for the first time.

    Whatever fails is logged: the message has been told, and nothing waits for a picture.
    """
    try:
        drawn = hour_picture(hour, told.zone)
        threads = [one for one in channels if load(one.notifier).THREADS]
        if drawn is None or not threads:
            return
        name = f"{drawn.name}-{told.portfolio}-{told.session}.png"
        found = Attachment(name, drawn.title, drawn.alt, png(drawn))
        digest = files.keep(context.home, found.content)

        def ask(db: Database) -> None:
            to = messages(db, told.portfolio, told.session, told.kind)
            for channel in threads:
                if channel.address in to:
                    file = prepare_file(found, digest, to[channel.address], channel)
                    notices.ask(db, file, context.now())

        context.warehouse.transact(ask)
        for channel in threads:
            deliver.drain(context.warehouse, channel, Clock(context.now, context.sleep))
    except Exception:  # a picture holds up nothing
        log.exception("the picture of the last hour of %s was not sent", told.portfolio)


def messages(db: Database, portfolio: str, session: date, kind: str) -> dict[str, Notice]:
    """The newest message of a portfolio's falls of a kind (of alert) in each channel, by its address."""
    found = notices.of_falls(db, portfolio, session, KINDS[kind])
    return {one.notice.channel: one.notice for one in found}


def _on_its_way(db: Database, notice: Notice) -> bool:
    """Whether an earlier message of the same falls is being sent."""
    same = (notice.kind, notice.portfolio, notice.session)
    return any(
        (one.notice.kind, one.notice.portfolio, one.notice.session) == same
        for one in notices.sending(db, notice.channel, notice.key)
    )
