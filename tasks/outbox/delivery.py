"""Bringing everything that waits in the outbox to its channels."""

from datetime import datetime, timedelta

from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.decisions.halts import ALL
from tasks.notifiers import Channel, operator
from tasks.outbox import channels
from tasks.outbox.transport import deliver, files
from tasks.outbox.transport.attempts import Clock
from tasks.report.model import NoticeRow
from warehouse import notices

NOT_SET_UP = (
    "no portfolio's last run sends to this channel, or what it needs (a token, a mail server) is not set. "
    "Set it up again, or `ballast notices drop` the message."
)


LIMIT = timedelta(minutes=20)
"""For so long one delivery works: less than the half hour after which the next one is due."""


def deliver_all(context: Context, limit: timedelta = LIMIT) -> list[NoticeRow]:
    """Bring what waits to every channel, in order; what became of each message that was tried.

    A channel that fails holds up no other. What waits for a channel that is not set up says so. What is not
    begun within `limit` is left to the next delivery.

    Raises:
        WarehouseError: the outbox cannot be read.
    """
    waiting = context.warehouse.read(notices.waiting)
    if not waiting:
        return []
    known = context.warehouse.read(lambda db: channels.of_portfolio(db, context, ALL))
    by_address = {one.address: one for one in (*known, operator(context.settings))}
    done, until = [], context.now() + limit
    for address in waiting:
        with optional(f"{address} did not get what waits for it: the next delivery tries again"):
            done += _drained(context, address, by_address.get(address), until)
    wanted = context.warehouse.read(notices.files_wanted)
    with optional("the files that have arrived were not removed"):
        files.sweep(context.home, wanted, context.now())
    return done


def _drained(context: Context, address: str, channel: Channel | None, until: datetime) -> list[NoticeRow]:
    if channel is None:
        context.warehouse.transact(lambda db: notices.stranded(db, address, NOT_SET_UP))
        return []
    return deliver.drain(context.warehouse, channel, Clock(context.now, context.sleep), until)
