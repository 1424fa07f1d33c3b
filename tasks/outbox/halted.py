"""Disabling and enabling a portfolio: the ledger and the portfolio's channels know it at once."""

from quant.people import Actor
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies, optional
from tasks.decisions import halts
from tasks.decisions.authority import entitled
from tasks.decisions.halts import State, Switch
from tasks.notifiers import Channel
from tasks.outbox.channels import names_of, of_portfolio
from tasks.outbox.conversation import of_day
from tasks.outbox.prepare import prepare_halt
from tasks.outbox.transport import deliver
from tasks.outbox.transport.attempts import Clock
from tasks.report.model import NoticeRow
from tasks.report.notices import row_of
from warehouse import notices
from warehouse.database.database import Database


def switch(
    context: Context, portfolio: str, state: State, by: Actor, reason: str
) -> tuple[Switch, list[NoticeRow]]:
    """Disable a portfolio (or "all"), or enable it again; what became of the message to each channel.

    The messages are in the outbox with the entry in the ledger: one that does not arrive now is brought by
    the next run. They go to the channels that the portfolio had in its last run; without one there are none.

    Raises:
        InputError: it is unknown or is in that state already, the reason is empty, or the file of a portfolio
            that it is about lists people and `by` is none of them who may override.
    """
    for name in context.warehouse.read(lambda db: names_of(db, portfolio)):
        by = entitled(context, name, by, "override")
    done, channels = context.warehouse.transact(
        lambda db: _switched(db, context, portfolio, state, by, reason)
    )
    clock = Clock(context.now, context.sleep)
    for channel in channels:
        with optional(f"{channel.address} was not told that {portfolio} is {state}: the next run does it"):
            deliver.drain(context.warehouse, channel, clock)
    found = context.warehouse.read(lambda db: [row_of(one) for one in notices.of_entry(db, done.entry)])
    leave_copies(context)
    return done, found


def _switched(
    db: Database, context: Context, portfolio: str, state: State, by: Actor, reason: str
) -> tuple[Switch, list[Channel]]:
    before = halts.last(db, portfolio)
    done = halts.switch(db, context, portfolio, state, by, reason)
    answered = notices.of_entry(db, before.entry) if before and state == "enabled" else []
    parents = {one.notice.channel: one.notice.key for one in answered}
    channels = of_portfolio(db, context, portfolio)
    for channel in channels:
        parent = parents.get(channel.address) or of_day(db, channel, portfolio, done.at.date())
        notices.ask(db, prepare_halt(done, channel, parent), context.now())
    return done, channels
