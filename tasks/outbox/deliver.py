"""Delivery, once: pending → sending (owner, lease) → sent, whatever is killed in between.

Every state is claimed under the warehouse's lock. What an owner that died has left behind, and every attempt
whose end is not known, is settled by looking for the notice's key in the channel's history before anything is
sent again. A refusal that somebody can mend (token, channel, scopes) is `failed` and is tried again at each
later delivery; a refused content only when a run asks for it again; `unknown` is looked up again at each
later delivery, and sent only if the history can then be read and does not have it.

A channel without a history (e-mail, webhooks) is sent to at least once: what may have arrived is sent again,
with the same key, by which the other side can tell a repetition.
"""

import hashlib
import json
import logging
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from quant.documents import Json
from tasks.decisions.halts import Switch
from tasks.notifiers import (
    Channel,
    Notifier,
    NotSentError,
    Receipt,
    RefusedError,
    UncertainError,
    UnreadableError,
    load,
)
from tasks.outbox.buttoned import with_buttons
from tasks.report.message import Kind, Message, Parent, of_halt, of_report
from tasks.report.model import NoticeRow, Report
from tasks.report.notices import row_of
from warehouse import notices, owner
from warehouse.backend import Warehouse
from warehouse.database.database import Database
from warehouse.notices import Entry, Notice
from warehouse.tables.notices import Delivery

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
SETTLE = timedelta(seconds=2)  # a request that was under way when its sender died has arrived by then
ATTEMPT_WAITS = (0.0, 1.0, 2.0, 4.0)  # seconds before each attempt
LOOK_WAITS = (0.0, 1.0, 2.0)  # seconds before each look into the history
PATIENCE = 30.0  # seconds; a channel that asks to wait longer is left to the next run
DONE = {"sent", "preview"}
OVER = DONE | {"superseded", "dropped"}


@dataclass(frozen=True)
class Clock:
    """The wall clock, handed in: `now` in UTC and aware, `sleep` in seconds."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class _Outcome:
    """What became of the attempts so far; `sending_at` is set while one of them may still have arrived."""

    state: str
    error: str | None = None
    receipt: Receipt = field(default_factory=Receipt)
    sending_at: datetime | None = None
    retry_after: float = 0.0


def dedupe_key(channel: str, report: Report, kind: Kind) -> str:
    """SHA-256 of what the message says and where: no run id, time, link or weight. 64 hex digits.

    An alert says its alerts only: it is sent before the trades are known, and a rerun of the step knows them.
    """
    alerts = [[row.kind, row.symbol, row.severity, row.confirmed] for row in report.alerts]
    trades = [[row.symbol, row.side, row.quantity, row.limit_price, row.status] for row in report.trades]
    blocks = [[row.check, row.scope, row.rule] for row in report.checks if row.status == "block"]
    content: list[object] = [alerts] if kind == "alert" else [sorted(trades), sorted(blocks), alerts]
    if kind == "digest" and report.status == "failed":
        content.append(["failed", report.error])
    if kind == "digest" and report.withdrawn:
        content.append("withdrawn")
    text = json.dumps([channel, report.portfolio, report.session, kind, *content])
    return hashlib.sha256(text.encode()).hexdigest()


def prepare(report: Report, kind: Kind, channel: Channel, said: Sequence[str] = ()) -> Notice:
    """The notice that tells `report` to `channel`. Pure; `said` are the keys of the day's digests so far."""
    key = _anew(dedupe_key(channel.address, report, kind), said)
    payload = _rendered(with_buttons(of_report(report, kind), report, channel, key), channel, key)
    session = date.fromisoformat(report.session)
    return Notice(
        key, report.run_id, channel.address, report.portfolio, session, kind, payload, _delivery(channel)
    )


def prepare_halt(switch: Switch, channel: Channel, parent: Entry | None) -> Notice:
    """The notice that tells a channel of a halt, or of its end: this answers `parent`, the halt's. Pure."""
    key = hashlib.sha256(json.dumps([channel.address, "halt", switch.entry]).encode()).hexdigest()
    answered = Parent(parent.notice.key, parent.message_ts) if parent else None
    return Notice(
        key, None, channel.address, switch.portfolio, switch.at.date(), "halt",
        _rendered(of_halt(switch), channel, key, answered), _delivery(channel),
        entry=switch.entry, parent=answered.key if answered else None,
    )  # fmt: skip


def _rendered(message: Message, channel: Channel, key: str, parent: Parent | None = None) -> Json:
    words = load(channel.renders or channel.notifier)
    return words.render(message, channel=channel.name, key=key, mention=channel.mention, parent=parent)


def _delivery(channel: Channel) -> Delivery:
    return "exactly_once" if load(channel.notifier).HISTORY else "at_least_once"


def _anew(key: str, said: Sequence[str]) -> str:
    """The key of a digest; another one for what was said before and then replaced by something else.

    Else the channel would end with what is no longer so: held, 2 trades, held again.
    """
    keys = [key]
    while keys[-1] in said:
        keys.append(hashlib.sha256(f"{key} {len(keys)}".encode()).hexdigest())
    return said[-1] if said and said[-1] in keys else keys[-1]


@dataclass(frozen=True)
class Claim:
    """A notice as it stood after a visit; `me` is the owner that brings it to its channel, None: nobody here.

    `began` is set where a first attempt was noted in that visit.
    """

    entry: Entry
    me: str | None = None
    known_id: str | None = None
    began: datetime | None = None


def claim(db: Database, notice: Notice, channel: Channel, clock: Clock) -> Claim:
    """Become the one that brings a notice, within a unit of work, and note that the attempt begins.

    Not where it is there already or somebody else is at it. To a channel that is a file of this HOME it is
    brought at once: written again it is the same file, so that nothing has to be noted before, and the unit
    of work may be repeated.
    """
    me, now, notifier = owner.current(), clock.now(), load(channel.notifier)
    entry = notices.ask(db, notice, now)
    if not is_free(entry, now):
        return Claim(entry)
    notices.take(db, notice, me, now, now + LEASE)
    known_id = notices.channel_id(db, notice.channel)
    if entry.sending_at is not None:
        return Claim(entry, me, known_id)
    notices.begin(db, notice.key, me, now, now + LEASE)
    if notifier.LOCAL:
        with suppress(NotSentError):  # tried again later, with pauses
            receipt = notifier.send(channel, notice, now)
            outcome = _Outcome(notifier.DELIVERED, channel.note, receipt)
            return Claim(_noted(db, notice, now, me, outcome))
    return Claim(entry, me, known_id, began=now)


def deliver(warehouse: Warehouse, notice: Notice, channel: Channel, clock: Clock) -> NoticeRow:
    """Bring a notice to its channel unless it is there already or somebody else is at it.

    Never raises for what the channel does: that is told in the row's state and error.

    Raises:
        WarehouseError: the outbox cannot be read or written; nothing is then sent that is not noted.
    """
    return row_of(_deliver(warehouse, notice, channel, clock))


def _deliver(warehouse: Warehouse, notice: Notice, channel: Channel, clock: Clock) -> Entry:
    claimed = warehouse.transact(lambda db: claim(db, notice, channel, clock))
    return bring(warehouse, notice, channel, clock, claimed)


def bring(warehouse: Warehouse, notice: Notice, channel: Channel, clock: Clock, claimed: Claim) -> Entry:
    """Send what was claimed, and note what became of it; the notice as it stands then.

    Raises:
        WarehouseError: the outbox cannot be read or written.
    """
    me = claimed.me
    if me is None:
        return claimed.entry
    attempts = _Attempts(warehouse, notice, channel, clock, me, claimed.known_id, load(channel.notifier))
    try:
        outcome = attempts.settle(claimed.entry.sending_at) or attempts.run(claimed.began)
    except BaseException:
        warehouse.transact(lambda db: notices.release(db, notice.key, me, clock.now()))
        raise
    return warehouse.transact(lambda db: _noted(db, notice, clock.now(), me, outcome))


def drain(warehouse: Warehouse, channel: Channel, clock: Clock) -> list[NoticeRow]:
    """Deliver what earlier runs left undelivered, oldest first; stops where the channel doesn't take more."""
    waiting = warehouse.read(lambda db: notices.undelivered(db, channel.address))
    rows = []
    for entry in waiting:
        tried = _deliver(warehouse, entry.notice, channel, clock)
        rows.append(row_of(tried))
        if tried.state in {"pending", "failed"}:
            break
    return rows


@dataclass(frozen=True)
class _Attempts:
    """One owner's try at one notice."""

    warehouse: Warehouse
    notice: Notice
    channel: Channel
    clock: Clock
    me: str
    known_id: str | None
    notifier: Notifier

    def run(self, began: datetime | None = None) -> _Outcome | None:
        """Send, patiently; None when another owner has taken over. `began`: one is noted already."""
        outcome: _Outcome | None = _Outcome("pending")
        for wait in ATTEMPT_WAITS:
            assert outcome is not None
            pause = max(wait, outcome.retry_after)
            if pause > PATIENCE:
                break
            self.clock.sleep(pause)
            outcome, began = self._attempt(began), None
            if outcome is None or outcome.state != "pending":
                break
        return outcome

    def settle(self, began: datetime | None) -> _Outcome | None:
        """What became of an attempt that began then; None when the message has to be sent.

        It then certainly did not arrive, or nobody can know: it is sent again, at least once.
        """
        if began is None or not self.notifier.HISTORY:
            return None
        self.clock.sleep(max(0.0, min(SETTLE, began + SETTLE - self.clock.now()) / timedelta(seconds=1)))
        try:
            receipt = self._look(began)
        except UnreadableError as error:
            reason = f"{error} Perhaps sent; not sent again before the history can be read."
            return _Outcome("unknown", reason, sending_at=began)
        return _Outcome(self.notifier.DELIVERED, receipt=receipt) if receipt else None

    def _attempt(self, noted: datetime | None) -> _Outcome | None:
        began = noted or self._begun()
        if began is None:
            return None
        try:
            receipt = self.notifier.send(self.channel, self.notice, began)
            return _Outcome(self.notifier.DELIVERED, self.channel.note, receipt)
        except RefusedError as error:
            return _Outcome("refused" if error.permanent else "failed", str(error))
        except NotSentError as error:
            return _Outcome("pending", str(error), retry_after=error.retry_after)
        except UncertainError as error:
            again = "" if self.notifier.HISTORY else " Perhaps it arrived; it is sent again."
            return self.settle(began) or _Outcome("pending", f"{error}{again}")
        except Exception as error:  # noqa: BLE001 - a channel that fails holds up no other, nor the day
            at = traceback.extract_tb(error.__traceback__)[-1]  # its words may hold an address or a token
            log.warning("%s: %s at %s:%s", self.channel.address, type(error).__name__, at.filename, at.lineno)
            return _Outcome("failed", f"the notifier failed ({type(error).__name__}): see the log")

    def _begun(self) -> datetime | None:
        """Note that an attempt begins now; None when another owner has taken over."""
        began, key = self.clock.now(), self.notice.key
        is_ours = self.warehouse.transact(lambda db: notices.begin(db, key, self.me, began, began + LEASE))
        return began if is_ours else None

    def _look(self, began: datetime) -> Receipt | None:
        failure = UnreadableError("")
        for wait in LOOK_WAITS:
            pause = max(wait, failure.retry_after)
            if pause > PATIENCE:
                break
            self.clock.sleep(pause)
            try:
                return self.notifier.find(self.channel, self.notice, began, self.known_id)
            except UnreadableError as error:
                failure = error
            if failure.permanent:
                break
        raise failure


def is_free(entry: Entry, now: datetime) -> bool:
    """Whether a notice is still to be delivered and nobody alive is at it."""
    if entry.state != "sending" or entry.owner is None or entry.lease_until is None:
        return entry.state not in OVER
    return now >= entry.lease_until or owner.is_dead(entry.owner)


def _noted(db: Database, notice: Notice, now: datetime, me: str, outcome: _Outcome | None) -> Entry:
    """Store the outcome, if any, and tell what the outbox then says."""
    if outcome is not None:
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
        )
    entry = notices.by_key(db, notice.key)
    assert entry is not None  # asked for before; notices are never deleted
    return entry
