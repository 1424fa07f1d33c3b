"""The outbox: one row per message and channel, unique by its dedupe key.

Every function works inside one unit of work, so that reading a row and claiming it is one step under
the lock. Stored states: pending (known not to have been sent), sending (an owner with a lease is at it),
sent, preview, failed (refused for now), refused (its content will never be accepted), unknown, superseded (a
newer message has taken its place) and dropped (by a person).

`sending_at` is when the latest attempt began whose end is not known: NULL means that nothing can be under way
to the channel, anything else that its history must be read before the message may be sent again.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from quant.documents import Json
from warehouse.database.database import Database
from warehouse.tables.notices import Delivery, Restore, StoredNotice
from warehouse.tables.table import insert


@dataclass(frozen=True)
class Notice:
    """A message for one channel ("notifier:name"); `payload` is exactly what that channel gets.

    It belongs to a run, or to the `entry` of the ledger with this hash. `parent` is the key of the message
    that it answers, `replaces` of the one whose place it takes. `upload` is the channel's id of a file that
    was uploaded and may not stand there yet. `delivery` is at_least_once where nobody can look whether it
    arrived.
    """

    key: str
    run_id: str | None
    channel: str
    portfolio: str
    session: date
    kind: str
    payload: Json
    delivery: Delivery = "exactly_once"
    entry: str | None = None
    parent: str | None = None
    replaces: str | None = None
    upload: str | None = None


@dataclass(frozen=True)
class Entry:
    """A notice and how far its delivery has come. Instants are UTC."""

    notice: Notice
    state: str
    owner: str | None
    lease_until: datetime | None
    sending_at: datetime | None
    attempts: int
    channel_id: str | None
    message_ts: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime


def ask(db: Database, notice: Notice, now: datetime) -> Entry:
    """The entry of `notice`, made (pending) if the key is new, and noted as wanted by its run, if it has one.

    One that is known and has not arrived says now what `notice` says, and is tried again if it was refused.
    Where a restore has forgotten whether it was sent, its attempt began when the forgotten time did.
    """
    if notice.run_id is not None:
        db.run("notices_link_run", run_id=notice.run_id, key=notice.key)
    if by_key(db, notice.key) is not None:
        db.run("notices_renew", key=notice.key, payload=json.dumps(notice.payload), now=_stored(now))
        return one(db, notice.key)
    (since,) = db.column("notices_gap", session=notice.session)
    nobody = {"owner": None, "lease_until": None, "channel_id": None, "message_ts": None, "error": None}
    values = vars(notice) | nobody | {"payload": json.dumps(notice.payload)}
    row = StoredNotice(
        **values, state="pending", sending_at=since, attempts=0, created_at=now, updated_at=now,
        retry_at=None,
    )  # fmt: skip
    insert(db, row)
    return _entry(row)


def digests(db: Database, channel: str, run_id: str) -> list[str]:
    """The keys of the digests that the runs of a run's portfolio and session wanted told, up to its own."""
    return db.column("notices_digests", channel=channel, run_id=run_id)


def newest_run(db: Database, key: str) -> str | None:
    """The newest run that wanted the message with this key told; None where no run did."""
    return next(iter(db.column("notices_newest_run", key=key)), None)


def later_digests(db: Database, channel: str, run_id: str) -> list[str]:
    """The keys of the digests that newer runs of a run's portfolio and session wanted told."""
    return db.column("notices_later_digests", channel=channel, run_id=run_id)


def take(db: Database, notice: Notice, owner: str, now: datetime, lease_until: datetime) -> None:
    """Make `owner` the one that sends; the caller has seen in this transaction that nobody else is."""
    db.run(
        "notices_take",
        key=notice.key,
        payload=json.dumps(notice.payload),
        parent=notice.parent,
        replaces=notice.replaces,
        owner=owner,
        lease_until=_stored(lease_until),
        now=_stored(now),
    )


def begin(db: Database, key: str, owner: str, now: datetime, lease_until: datetime) -> bool:
    """Note that an attempt begins now; False when `owner` no longer has the notice and must not send."""
    stored = {"now": _stored(now), "lease_until": _stored(lease_until)}
    return db.run("notices_begin", key=key, owner=owner, **stored) == 1


def uploaded(db: Database, key: str, owner: str, upload: str) -> bool:
    """Note the channel's id of a file before it is shown there; False when `owner` must not go on."""
    return db.run("notices_uploaded", key=key, owner=owner, upload=upload) == 1


def files_wanted(db: Database) -> list[str]:
    """The SHA-256 of every file that may still be sent."""
    return db.column("notices_files_wanted")


def finish(
    db: Database,
    key: str,
    owner: str,
    now: datetime,
    *,
    state: str,
    error: str | None = None,
    sending_at: datetime | None = None,
    channel_id: str | None = None,
    message_ts: str | None = None,
    retry_at: datetime | None = None,
    payload: Json | None = None,
) -> None:
    """Store what became of the attempts, unless another owner has taken over; frees the lease.

    `retry_at` is until when the channel asked to wait, `payload` what was sent, where that is something else.
    """
    db.run(
        "notices_finish",
        key=key,
        owner=owner,
        now=_stored(now),
        state=state,
        error=error,
        sending_at=_stored(sending_at) if sending_at else None,
        channel_id=channel_id,
        message_ts=message_ts,
        retry_at=_stored(retry_at) if retry_at else None,
        payload=json.dumps(payload) if payload is not None else None,
    )


def release(db: Database, key: str, owner: str, now: datetime) -> None:
    """End a lease early, so that the next delivery need not wait for it; the state stays `sending`."""
    db.run("notices_release", key=key, owner=owner, now=_stored(now))


def forgotten(db: Database, taken_at: datetime, restored_at: datetime) -> None:
    """Note that what was told between the two instants is not known: it is looked for before it is sent."""
    insert(db, Restore(taken_at, restored_at))
    db.run("notices_doubt", since=_stored(taken_at))


def by_key(db: Database, key: str) -> Entry | None:
    """The entry with this dedupe key."""
    row = db.first(StoredNotice, "notices_by_key", key=key)
    return _entry(row) if row else None


def one(db: Database, key: str) -> Entry:
    """The entry with this dedupe key, which is known to be there: notices are never deleted."""
    entry = by_key(db, key)
    assert entry is not None
    return entry


def next_one(db: Database, channel: str, tried: Collection[str] = ()) -> Entry | None:
    """What `channel` should get next, but for those that were `tried`: alerts first, then the oldest."""
    row = db.first(StoredNotice, "notices_next", channel=channel, tried=list(tried))
    return _entry(row) if row else None


def sending(db: Database, channel: str, key: str) -> list[Entry]:
    """What else is being sent to `channel`: it gets its messages one after another."""
    return [_entry(row) for row in db.select(StoredNotice, "notices_sending", channel=channel, key=key)]


def quiet_until(db: Database, channel: str) -> datetime | None:
    """Until when `channel` has asked to wait."""
    return next(iter(db.column("notices_quiet_until", channel=channel)), None)


def last_sent(db: Database, channel: str) -> datetime | None:
    """When `channel` got its last message."""
    return next(iter(db.column("notices_last_sent", channel=channel)), None)


def standing(db: Database, notice: Notice, kind: str = "digest") -> Entry | None:
    """The digest of the notice's portfolio and session that its channel shows, if not the notice itself.

    With `kind` "details": what of it stands in its thread; with another one the message of that kind.
    """
    row = db.first(StoredNotice, "notices_standing", key=notice.key, kind=kind, **_conversation(notice))
    return _entry(row) if row else None


def last_digest(
    db: Database, channel: str, portfolio: str, since: date, kind: str = "digest"
) -> Entry | None:
    """The newest digest (or message of falls) of a portfolio that a channel has or will get since a day."""
    asked = {"channel": channel, "portfolio": portfolio, "since": since, "kind": kind}
    row = db.first(StoredNotice, "notices_last_digest", **asked)
    return _entry(row) if row else None


def overtaken(db: Database, key: str) -> bool:
    """Whether a digest has been asked for later that takes the place of this one."""
    return bool(db.column("notices_overtaken", key=key)[0])


def overtake(db: Database, notice: Notice, error: str, now: datetime) -> None:
    """Supersede what has certainly not arrived and need not any more: a newer digest says what is so."""
    asked = _conversation(notice) | {"error": error, "now": _stored(now)}
    db.run("notices_overtake", key=notice.key, kind=notice.kind, **asked)
    if notice.kind == "digest":
        db.run("notices_overtake_answers", all=standing(db, notice) is None, **asked)


def _conversation(notice: Notice) -> dict[str, object]:
    return {"channel": notice.channel, "portfolio": notice.portfolio, "session": notice.session}


def of_falls(db: Database, portfolio: str, session: date, kind: str) -> list[Entry]:
    """The messages of falls of a portfolio and session that are or will be there, the oldest first."""
    asked = {"portfolio": portfolio, "session": session, "kind": kind}
    return [_entry(row) for row in db.select(StoredNotice, "notices_of_falls", **asked)]


def of_run(db: Database, run_id: str) -> list[Entry]:
    """Every notice that a run wanted delivered, oldest first."""
    return [_entry(row) for row in db.select(StoredNotice, "notices_of_run", run_id=run_id)]


def of_entry(db: Database, entry: str) -> list[Entry]:
    """Every notice that tells of an entry of the ledger, by its hash; oldest first."""
    return [_entry(row) for row in db.select(StoredNotice, "notices_of_entry", entry=entry)]


def every(db: Database) -> list[Entry]:
    """Every notice: what is not delivered first, oldest first; then the others, newest first."""
    return [_entry(row) for row in db.select(StoredNotice, "notices_every")]


def named(db: Database, key: str) -> list[Entry]:
    """The notices whose keys begin with `key`."""
    return [_entry(row) for row in db.select(StoredNotice, "notices_named", key=key)]


def decide(db: Database, key: str, state: str, error: str | None, now: datetime) -> None:
    """Put a notice that nobody is sending into another state. What may still arrive stays noted."""
    db.run("notices_set", key=key, state=state, error=error, now=_stored(now))


def waiting(db: Database) -> list[str]:
    """The channels that should still get something."""
    return db.column("notices_waiting")


def stranded(db: Database, channel: str, error: str) -> None:
    """Note why nothing can be brought to a channel."""
    db.run("notices_stranded", channel=channel, error=error)


def channel_id(db: Database, channel: str) -> str | None:
    """The channel's own id, as it was told when a message last arrived there."""
    return next(iter(db.column("notices_channel_id", channel=channel)), None)


def _entry(row: StoredNotice) -> Entry:
    payload, delivery = json.loads(row.payload), row.delivery or "exactly_once"
    return Entry(
        Notice(
            row.key, row.run_id, row.channel, row.portfolio, row.session, row.kind, payload, delivery,
            row.entry, row.parent, row.replaces, row.upload,
        ),
        row.state, row.owner, row.lease_until, row.sending_at, row.attempts, row.channel_id, row.message_ts,
        row.error, row.created_at, row.updated_at,
    )  # fmt: skip


def _stored(instant: datetime) -> datetime:
    """An aware instant as the UTC timestamp without a zone that DuckDB's TIMESTAMP holds."""
    return instant.astimezone(UTC).replace(tzinfo=None)
