"""Messages on their way, and what a restore has made unknown of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from warehouse.tables.table import Row

Delivery = Literal["exactly_once", "at_least_once"]


@dataclass(frozen=True, slots=True)
class StoredNotice(Row):
    """A message for one channel, unique by its `key`; `payload` is a JSON document, exactly what is sent.

    Instants are UTC. `run_id` is the first run that wanted it; without one it tells of the `entry` of the
    ledger that has this hash. `parent` is the key of the message that it answers, `replaces` of the one whose
    place it takes; `retry_at` is until when its channel asked to wait, `upload` the channel's id of a file
    that is on its way. `delivery` is None of before it was kept.
    """

    TABLE: ClassVar[str] = "notices"
    key: str
    run_id: str | None
    channel: str
    portfolio: str
    session: date
    kind: str
    payload: str
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
    delivery: Delivery | None
    entry: str | None
    parent: str | None
    replaces: str | None
    retry_at: datetime | None
    upload: str | None


@dataclass(frozen=True, slots=True)
class Wanted(Row):
    """A message that a run wanted delivered."""

    TABLE: ClassVar[str] = "run_notices"
    run_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Restore(Row):
    """What was told from `taken_at` until `restored_at` (UTC) is not known here."""

    TABLE: ClassVar[str] = "restores"
    taken_at: datetime
    restored_at: datetime
