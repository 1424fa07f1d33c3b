"""What a person decides about messages: look at them, try one again, or drop it for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from quant.errors import InputError
from quant.people import Actor
from tasks.context.context import Context
from tasks.outbox.delivery import deliver_all
from tasks.outbox.transport.deliver import is_free
from tasks.outbox.transport.place import DONE
from tasks.report.model import NoticeState
from tasks.report.notices import row_of
from warehouse import notices
from warehouse.database.database import Database
from warehouse.notices import Entry
from warehouse.record import entered
from warehouse.record.entered import Acted

Choice = Literal["dropped", "retried"]


class Chosen(Acted):
    """A person dropped a message (the entry's subject, by its key), or had it tried again."""

    KIND: ClassVar[str] = "notice"

    choice: Choice
    channel: str
    kind: str


@dataclass(frozen=True)
class Listed:
    """A message and how far it is. Instants are UTC; `sent_at` is None while it is not delivered.

    `parent` is the key of the message that it answers.
    """

    key: str
    kind: str
    channel: str
    state: NoticeState
    attempts: int
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    parent: str | None


def listed(context: Context) -> list[Listed]:
    """Every message: what is not delivered first, oldest first; then the others, newest first."""
    return [_listed(one) for one in context.warehouse.read(notices.every)]


def retry(context: Context, key: str, by: Actor) -> Listed:
    """Have a message delivered again that was refused, dropped or waits; what became of it.

    Raises:
        InputError: no message, or several, have a key that begins so; it was delivered, or is being sent.
    """
    whole = context.warehouse.transact(lambda db: _choose(db, context, key, by, "retried"))
    deliver_all(context)
    return context.warehouse.read(lambda db: _listed(_one(db, whole)))


def drop(context: Context, key: str, by: Actor) -> Listed:
    """Never deliver a message; the ledger has who decided that.

    Raises:
        InputError: no message, or several, have a key that begins so; it was delivered, or is being sent.
    """
    whole = context.warehouse.transact(lambda db: _choose(db, context, key, by, "dropped"))
    return context.warehouse.read(lambda db: _listed(_one(db, whole)))


def _choose(db: Database, context: Context, key: str, by: Actor, choice: Choice) -> str:
    """Enter the decision and put the message into its state; its whole key."""
    entry, now = _one(db, key), context.now()
    _refuse(entry, choice, now)
    notice = entry.notice
    said = Chosen(choice=choice, channel=notice.channel, kind=notice.kind, **by.entry())
    entered.append(db, notice.key, said, now)
    state, error = ("pending", None) if choice == "retried" else ("dropped", entry.error)
    notices.decide(db, notice.key, state, error, now)
    return notice.key


def _refuse(entry: Entry, choice: Choice, now: datetime) -> None:
    name = f"message {entry.notice.key[:12]} ({entry.notice.kind} to {entry.notice.channel})"
    if entry.state in DONE:
        done = "was delivered" if entry.state == "sent" else "is a preview, written"
        raise InputError(f"{name} {done} on {entry.updated_at:%Y-%m-%d %H:%M} UTC: nothing is left to do.")
    if entry.state == "superseded":
        raise InputError(f"{name} was superseded: a newer message has taken its place.")
    if entry.state == "dropped" and choice == "dropped":
        raise InputError(f"{name} was dropped on {entry.updated_at:%Y-%m-%d %H:%M} UTC.")
    if entry.state == "sending" and not is_free(entry, now):
        raise InputError(f"{name} is being sent right now: try again in a minute.")


def _one(db: Database, key: str) -> Entry:
    found = notices.named(db, key) if key else []
    if len(found) != 1:
        many = f"{len(found)} messages have a key that begins so" if found else "there is no such message"
        raise InputError(f"message {key!r}: {many}. `ballast notices list --all` shows the keys.")
    return found[0]


def _listed(entry: Entry) -> Listed:
    notice = entry.notice
    return Listed(
        notice.key, notice.kind, notice.channel, row_of(entry).state, entry.attempts, entry.error,
        entry.created_at, entry.updated_at if entry.state in DONE else None, notice.parent,
    )  # fmt: skip
