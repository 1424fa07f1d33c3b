"""The review of a portfolio's week is told to its channels, each content once."""

from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.notifiers import Channel
from tasks.outbox import channels
from tasks.outbox.prepare import prepare_review
from tasks.outbox.transport import deliver
from tasks.outbox.transport.attempts import Clock
from tasks.report.formats import text
from tasks.report.messages.message import Message
from tasks.report.model import NoticeRow
from tasks.report.notices import row_of
from tasks.run.week import Week, review
from warehouse import notices
from warehouse.database.database import Database


def reviewed(context: Context, week: Week) -> list[NoticeRow]:
    """Tell a week to the channels of its portfolio; what became of each message.

    A review that says the same is told once, however often it is made. A channel that fails holds nothing up:
    the message stays in the outbox.

    Raises:
        WarehouseError: the outbox cannot be written.
    """
    keys = context.warehouse.transact(lambda db: _asked(db, context, week))
    for channel, _ in keys:
        with optional(f"{channel.address} was not told of the week: the next delivery does it"):
            deliver.drain(context.warehouse, channel, Clock(context.now, context.sleep))
    return context.warehouse.read(lambda db: [row_of(notices.one(db, key)) for _, key in keys])


def _asked(db: Database, context: Context, week: Week) -> list[tuple[Channel, str]]:
    """The notices in the outbox, each with its channel."""
    message, now = message_of(week), context.now()
    told = [
        (
            channel,
            prepare_review(message, channel, week.portfolio, week.monday, text.render(message.document)),
        )
        for channel in channels.of_portfolio(db, context, week.portfolio)
    ]
    for _, notice in told:
        notices.ask(db, notice, now)
    return [(channel, notice.key) for channel, notice in told]


def message_of(week: Week) -> Message:
    """The review as people read it, and for a program."""
    data = {
        "portfolio": week.portfolio, "week": week.monday.isoformat(),
        "sessions": [one.isoformat() for one in week.sessions],
        "runs": {one.session: one.run_id for one in week.reports}, "orders": dict(week.orders),
    }  # fmt: skip
    return Message("review", review(week), data)
