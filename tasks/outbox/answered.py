"""Decisions of people, told in the thread of the day's message: in the ledger and in the outbox at once."""

from collections.abc import Sequence
from datetime import datetime

from quant.errors import InputError
from quant.people import Actor
from tasks.context.context import Context
from tasks.context.find_run import find_run
from tasks.context.safekeeping import leave_copies
from tasks.decisions import approval, snoozes
from tasks.decisions.approval import Decision
from tasks.decisions.authority import authority, who
from tasks.decisions.ruling import Wish
from tasks.decisions.snoozes import Snoozed
from tasks.notifiers import Channel
from tasks.orders import recommendations
from tasks.orders.recommendations import Recommendation
from tasks.outbox import answer
from tasks.outbox.prepare import prepare_decided
from tasks.report import assemble
from tasks.report.links import told
from tasks.report.messages.decision import of_decision, of_reminder
from tasks.report.messages.message import Message
from warehouse import notices, runs
from warehouse.database.database import Database
from warehouse.record.entered import Entered
from warehouse.runs import Run


def decide(context: Context, text: str, wish: Wish) -> list[Recommendation]:
    """Approve or reject those of a run that are named, all or none; without names, all that are open.

    Where the portfolio file lists people, only they decide; where two must approve, the first approval leaves
    an order as proposed. It is told in the thread of the run's message, wherever there is one; what does not
    arrive now is brought by the next delivery.

    Raises:
        InputError: no such run or recommendation, the run has failed, it cannot be decided on any more, who
            decides may not, or the reason is empty. Nothing has been written but that a recommendation has
            expired.
    """
    run_id = find_run(context, text, None)
    run = context.warehouse.read(lambda db: runs.load(db, run_id))
    wish, people = approval.entitled(context, run, wish)

    def work(db: Database) -> tuple[Decision, list[Channel]]:
        done = approval.enter(db, context, run_id, wish, people)
        channels = _tell(db, context, run, _messages(run, wish, done), done.entry)
        _close(db, context, run, channels, done.entry)
        return done, channels

    done, channels = context.warehouse.transact(work)
    if done.refusal is not None:
        raise InputError(done.refusal)
    answer.bring(context, channels)
    leave_copies(context)
    return done.orders


def _messages(run: Run, wish: Wish, done: Decision) -> list[Message]:
    """One for what was decided to the end, one for what waits for a second person; none after a refusal."""
    if done.refusal is not None:
        return []
    return [
        of_decision(run, orders, state, wish.by.name, wish.reason)
        for state, orders in done.by_state().items()
        if orders
    ]


def snooze(context: Context, run: Run, until: datetime, by: Actor, key: str) -> None:
    """Note that a run is to be told of again at `until`, for one of its people.

    Raises:
        InputError: the person is not listed, or there is nothing to put off until then.
    """
    by = who(authority(context.home, run), by, "approve")
    context.warehouse.transact(lambda db: snoozes.snooze(db, run.run_id, until, by, key, context.now()))
    leave_copies(context)


def remind(context: Context) -> None:
    """Tell of what was put off until now, each once."""
    now = context.now()
    if context.warehouse.exists() and context.warehouse.read(lambda db: _due(db, now)):
        answer.bring(context, context.warehouse.transact(lambda db: _reminded(db, context, now)))


def _due(db: Database, now: datetime) -> list[Entered[Snoozed]]:
    return [one for one in snoozes.due(db, now) if not notices.of_entry(db, one.hash)]


def _reminded(db: Database, context: Context, now: datetime) -> list[Channel]:
    channels: dict[str, Channel] = {}
    for one in _due(db, now):
        run = runs.load(db, one.subject)
        waiting = snoozes.open_orders(recommendations.of_run(db, run.run_id, now))
        reminder = of_reminder(run, waiting, one.said.by)
        channels |= {channel.address: channel for channel in _tell(db, context, run, [reminder], one.hash)}
    return [*channels.values()]


def _tell(db: Database, context: Context, run: Run, messages: Sequence[Message], entry: str) -> list[Channel]:
    """Put answers to the run's digest into the outbox, for each channel that was told it; those channels."""
    asked = [answer.ask(db, context, run.run_id, message, entry) for message in messages]
    return asked[0] if asked else []


def _close(db: Database, context: Context, run: Run, channels: Sequence[Channel], entry: str) -> None:
    """Take the buttons from the run's message in these channels, where nothing is left to decide on."""
    now, asked = context.now(), [one for one in channels if one.buttons]
    if not asked or snoozes.open_orders(recommendations.of_run(db, run.run_id, now)):
        return
    report = told(assemble.of_run(db, run, now), context.settings.public_url)
    said = answer.digests(db, run.run_id)
    for channel in asked:
        notices.ask(db, prepare_decided(report, said[channel.address], channel, entry), now)
