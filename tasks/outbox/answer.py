"""What happens to a run after it was told, in the thread of its message."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from config.portfolio import stored
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.notifiers import Channel, channels_of
from tasks.outbox.prepare import prepare_answer
from tasks.outbox.transport import deliver
from tasks.outbox.transport.attempts import Clock
from tasks.report.messages.message import Message
from warehouse import notices, runs
from warehouse.database.database import Database
from warehouse.notices import Notice


def ask(db: Database, context: Context, run_id: str, message: Message, entry: str) -> list[Channel]:
    """Put the answer to a run's digest into the outbox, where the ledger's `entry` is made.

    `entry` is its hash. Those channels get it that were told of the run; they are returned.
    """
    channels = channels_of(context.settings, stored(runs.load(db, run_id).config))
    return to(db, context, channels, said(db, run_id, "digest"), message, entry)


def to(
    db: Database, context: Context, every: Sequence[Channel], told: Mapping[str, Notice], message: Message,
    entry: str, mention: str | None = None,
) -> list[Channel]:  # fmt: skip
    """Put the answer to messages, by their channels' addresses, into the outbox.

    Those of `every` channel get it that have such a message. `mention` calls people in Slack; None:
    whoever the channel calls.
    """
    channels = [one for one in every if one.address in told]
    for channel in channels:
        calling = channel if mention is None else replace(channel, mention=mention)
        answer = prepare_answer(message, told[channel.address], calling, entry, entry)
        notices.ask(db, answer, context.now())
    return channels


def digests(db: Database, run_id: str) -> dict[str, Notice]:
    """The newest digest of a run in each channel, by the channel's address."""
    return said(db, run_id, "digest")


def said(db: Database, run_id: str, kind: str) -> dict[str, Notice]:
    """The newest message of a kind of a run in each channel, by the channel's address."""
    return {one.notice.channel: one.notice for one in notices.of_run(db, run_id) if one.notice.kind == kind}


def bring(context: Context, channels: Sequence[Channel]) -> None:
    """Deliver what waits for channels; a channel that fails gets it with the next delivery."""
    for channel in {one.address: one for one in channels}.values():
        with optional(f"{channel.address} did not get what waits for it: the next delivery tries again"):
            deliver.drain(context.warehouse, channel, Clock(context.now, context.sleep))
