"""Delivery, once: pending → sending (owner, lease) → sent, whatever is killed in between.

Every state is claimed under the warehouse's lock, and a channel gets its messages one after another. What an
owner that died has left behind, and every attempt whose end is not known, is settled by looking for the
notice's key in the channel's history before anything is sent again. A refusal that somebody can mend (token,
channel, scopes) is `failed` and is tried again at each later delivery; a refused content only when a run asks
for it again; `unknown` is looked up again at each later delivery, and sent only if the history can then be
read and does not have it.

A channel without a history (e-mail, webhooks) is sent to at least once: what may have arrived is sent again,
with the same key, by which the other side can tell a repetition.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from tasks.notifiers import Channel, NotSentError, load
from tasks.outbox.prepare import prepare_replaced
from tasks.outbox.transport.attempts import LEASE, PATIENCE, Attempts, Clock, Outcome
from tasks.outbox.transport.place import DONE, place
from tasks.report.model import NoticeRow
from tasks.report.notices import row_of
from warehouse import notices, owner
from warehouse.backend import Warehouse
from warehouse.database.database import Database
from warehouse.notices import Entry, Notice

OVER = DONE | {"superseded", "dropped"}
NEWER = "A newer message says what is so."
T = TypeVar("T")
BUSY = 0.5  # seconds between two looks at a channel to which somebody else is sending


@dataclass(frozen=True)
class Claim:
    """A notice as it stood after a visit; `me` is the owner that brings it to its channel, None: nobody here.

    `began` is set where a first attempt was noted in that visit. `pause` is how many seconds the channel
    still has to be left alone. `is_busy`: somebody else is sending to it. `is_overtaken`: a newer one has
    taken its place, so that it is only looked for.
    """

    entry: Entry
    me: str | None = None
    known_id: str | None = None
    began: datetime | None = None
    pause: float = 0.0
    is_busy: bool = False
    is_overtaken: bool = False


def claim(db: Database, key: str, channel: Channel, clock: Clock) -> Claim:
    """Become the one that brings a notice, within a unit of work, and note that the attempt begins.

    Not where it is there already, somebody else is at it or at its channel, it waits for what it answers, or
    the channel has asked for a long pause. To a channel that is a file of this HOME it is brought at once:
    written again it is the same file, so that nothing has to be noted before, and the unit of work may be
    repeated.
    """
    now, notifier, entry = clock.now(), load(channel.notifier), notices.one(db, key)
    if not is_free(entry, now):
        return Claim(entry)
    is_overtaken = notices.overtaken(db, key)
    if is_overtaken and entry.sending_at is None:
        notices.decide(db, key, "superseded", NEWER, now)
        return Claim(notices.one(db, key))
    # What was overtaken is only looked for, and where it was sent to: its place would be the newer one's now.
    notice = entry.notice if is_overtaken else place(db, entry.notice, channel)
    pause = 0.0 if notifier.LOCAL else _pause(db, channel, notifier.PACE, now)
    if notice is None:
        return Claim(entry)
    if pause > PATIENCE:
        return Claim(entry, pause=pause)
    if not notifier.LOCAL and any(not is_free(one, now) for one in notices.sending(db, channel.address, key)):
        return Claim(entry, is_busy=True)
    return _taken(db, entry, notice, channel, now, pause, is_overtaken=is_overtaken)


def _taken(
    db: Database,
    entry: Entry,
    notice: Notice,
    channel: Channel,
    now: datetime,
    pause: float,
    *,
    is_overtaken: bool,
) -> Claim:
    me, notifier = owner.current(), load(channel.notifier)
    notices.take(db, notice, me, now, now + LEASE)
    entry = Entry(**vars(entry) | {"notice": notice})
    known_id = notices.channel_id(db, notice.channel)
    if entry.sending_at is not None:
        return Claim(entry, me, known_id, pause=pause, is_overtaken=is_overtaken)
    notices.begin(db, notice.key, me, now, now + LEASE)
    if notifier.LOCAL:
        with suppress(NotSentError):  # tried again later, with pauses
            receipt = notifier.send(channel, notice, now)
            return Claim(_noted(db, notice, now, me, Outcome(notifier.DELIVERED, channel.note, receipt)))
    return Claim(entry, me, known_id, began=now, pause=pause)


def _pause(db: Database, channel: Channel, pace: float, now: datetime) -> float:
    """Seconds for which a channel has asked to wait, or that its pace wants between two messages."""
    until = notices.quiet_until(db, channel.address) or now
    if pace and (last := notices.last_sent(db, channel.address)):
        until = max(until, min(last, now) + timedelta(seconds=pace))
    return max(0.0, (until - now) / timedelta(seconds=1))


def deliver(warehouse: Warehouse, notice: Notice, channel: Channel, clock: Clock) -> NoticeRow:
    """Bring a notice to its channel unless it is there already or somebody else is at it.

    Never raises for what the channel does: that is told in the row's state and error.

    Raises:
        WarehouseError: the outbox cannot be read or written; nothing is then sent that is not noted.
    """
    warehouse.transact(lambda db: notices.ask(db, notice, clock.now()))
    return row_of(bring_known(warehouse, notice.key, channel, clock).entry)


def bring_known(warehouse: Warehouse, key: str, channel: Channel, clock: Clock) -> Claim:
    """Bring what is in the outbox; waits for somebody else who is at the channel."""
    claimed = warehouse.transact(lambda db: claim(db, key, channel, clock))
    claimed = _unless_busy(warehouse, channel, clock, claimed)
    return Claim(**vars(claimed) | {"entry": bring(warehouse, channel, clock, claimed)})


def _unless_busy(warehouse: Warehouse, channel: Channel, clock: Clock, claimed: Claim) -> Claim:
    """The claim, once nobody else is at the channel; as it is where somebody is for long."""
    key = claimed.entry.notice.key
    for _ in range(int(PATIENCE / BUSY)):
        if not claimed.is_busy:
            break
        clock.sleep(BUSY)
        claimed = warehouse.transact(lambda db: claim(db, key, channel, clock))
    return claimed


def bring(warehouse: Warehouse, channel: Channel, clock: Clock, claimed: Claim) -> Entry:
    """Send what was claimed, and note what became of it; the notice as it stands then.

    Raises:
        WarehouseError: the outbox cannot be read or written.
    """
    if claimed.me is None:
        return claimed.entry
    return _brought(warehouse, channel, clock, claimed, lambda _, entry: entry)


def _brought(
    warehouse: Warehouse, channel: Channel, clock: Clock, claimed: Claim, then: Callable[[Database, Entry], T]
) -> T:
    """Bring what was claimed; what `then` finds in the unit of work that notes what became of it."""
    me, notice = claimed.me, claimed.entry.notice
    if me is None:
        return warehouse.transact(lambda db: then(db, claimed.entry))
    attempts = Attempts(warehouse, notice, channel, clock, me, claimed.known_id, load(channel.notifier))
    try:
        outcome = attempts.settle(claimed.entry.sending_at)
        if outcome is None and claimed.is_overtaken:
            outcome = Outcome("superseded", NEWER)
        outcome = outcome or attempts.run(claimed.began, claimed.pause)
    except BaseException:
        warehouse.transact(lambda db: notices.release(db, notice.key, me, clock.now()))
        raise

    def noted(db: Database) -> T:
        entry = _noted(db, attempts.notice, clock.now(), me, outcome)
        _take_down(db, entry, channel, clock.now())
        return then(db, entry)

    return warehouse.transact(noted)


def _take_down(db: Database, entry: Entry, channel: Channel, now: datetime) -> None:
    """Where a digest is found to have arrived and a newer one stands beside it, the older shall say so."""
    if (
        entry.notice.kind != "digest"
        or entry.state not in DONE
        or not notices.overtaken(db, entry.notice.key)
    ):
        return
    newer = notices.standing(db, entry.notice)
    if newer and newer.created_at > entry.created_at and newer.message_ts != entry.message_ts:
        notices.ask(db, prepare_replaced(entry.notice, channel), now)


def drain(
    warehouse: Warehouse, channel: Channel, clock: Clock, until: datetime | None = None
) -> list[NoticeRow]:
    """Deliver what waits for a channel: alerts first, then the oldest; what became of each.

    Stops where the channel takes no more, and with what is begun after `until`. What became of a message and
    who brings the next one is noted in one visit of the warehouse.
    """
    tried: dict[str, NoticeRow] = {}

    def following(db: Database) -> Claim | None:
        waiting = notices.next_one(db, channel.address, tried)
        is_late = until is not None and clock.now() >= until
        return None if waiting is None or is_late else claim(db, waiting.notice.key, channel, clock)

    def noted(db: Database, entry: Entry, claimed: Claim) -> Claim | None:
        tried[entry.notice.key] = row_of(entry)
        was_tried = claimed.me is not None or claimed.pause > 0
        return None if claimed.is_busy or (was_tried and is_closed(entry)) else following(db)

    claimed = warehouse.transact(following)
    while claimed is not None:
        now = _unless_busy(warehouse, channel, clock, claimed)
        claimed = _brought(warehouse, channel, clock, now, partial(noted, claimed=now))
    return list(tried.values())


def is_closed(tried: Entry) -> bool:
    """Whether the channel of a notice that was tried takes no more for now; a file holds up nothing."""
    return tried.notice.kind != "file" and tried.state in {"pending", "failed"}


def is_free(entry: Entry, now: datetime) -> bool:
    """Whether a notice is still to be delivered and nobody alive is at it."""
    if entry.state != "sending" or entry.owner is None or entry.lease_until is None:
        return entry.state not in OVER
    return now >= entry.lease_until or owner.is_dead(entry.owner)


def _noted(db: Database, notice: Notice, now: datetime, me: str, outcome: Outcome | None) -> Entry:
    """Store the outcome, if any, and tell what the outbox then says."""
    if outcome is not None:
        quiet = timedelta(seconds=outcome.retry_after) if outcome.state == "pending" else timedelta()
        notices.finish(
            db,
            notice.key,
            me,
            now,
            state=outcome.state,
            error=outcome.error,
            sending_at=outcome.sending_at,
            channel_id=outcome.receipt.channel_id,
            message_ts=outcome.receipt.message_ts,
            retry_at=now + quiet if quiet else None,
            payload=notice.payload,
        )
    return notices.one(db, notice.key)
