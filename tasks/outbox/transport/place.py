"""Where a message belongs in its channel, decided when it goes out: then it is known what is there.

The first digest of a portfolio and session in a channel begins its conversation; each later one takes its
place. What answers a message waits until that one has arrived, and stands alone where it never will.
"""

from dataclasses import replace

from quant.documents import Json
from tasks.notifiers import Channel, Place, Said, load
from warehouse import notices
from warehouse.database.database import Database
from warehouse.notices import Entry, Notice

DONE = {"sent", "preview"}
NEVER = {"refused", "dropped", "unknown", "superseded"}
"""States of a message that may never arrive: what answers it does not wait for it."""
ALOUD = {"alert", "escalation", "halt", "change", "reminder", "fall_worse"}
"""Answers that are shown to those too who do not look into the thread."""
CHANGED = {"digest": "", "fall": " fall", "market_fall": " market fall"}
"""Kinds whose later message takes the place of the one before, and what their conversations are called."""


def place(db: Database, notice: Notice, channel: Channel) -> Notice | None:
    """The notice as it goes out now; None while it waits for the message that it answers."""
    if notice.kind in CHANGED:
        old = notices.standing(db, notice, notice.kind)
        found = Place(conversation(notice), replaces=_said(db, old) if old else None)
        return replace(
            notice, payload=placed(notice, channel, found), replaces=old.notice.key if old else None
        )
    if notice.kind == "replaced":
        gone = notices.one(db, str(notice.parent))
        found = Place(replaces=_said(db, gone))
        return replace(notice, payload=placed(notice, channel, found), replaces=gone.notice.key)
    answered, waits = _answered(db, notice)
    if waits:
        return None
    said = _said(db, answered) if answered else None
    old = _details(db, notice, said)
    found = Place(conversation(notice), said, _said(db, old) if old else None, notice.kind in ALOUD)
    parent = answered.notice.key if answered else notice.parent
    replaced = old.notice.key if old else None
    return replace(notice, payload=placed(notice, channel, found), parent=parent, replaces=replaced)


def alone(db: Database, notice: Notice) -> Place:
    """Where a message goes when what it changes or answers is gone: details stay in their thread."""
    answered, _ = _answered(db, notice) if notice.kind == "details" else (None, False)
    return Place(conversation(notice), _said(db, answered) if answered else None)


def placed(notice: Notice, channel: Channel, found: Place) -> Json:
    """The payload of a notice in its place."""
    return load(channel.words_of).placed(notice.payload, found)


def conversation(notice: Notice) -> str:
    """What the conversation that a message begins or changes is called in its channel."""
    named = CHANGED | {"details": " details"}
    return f"{notice.portfolio} {notice.session}{named[notice.kind]}" if notice.kind in named else ""


def _details(db: Database, notice: Notice, said: Said | None) -> Entry | None:
    """What details in the same thread new ones take the place of, if any are there."""
    old = notices.standing(db, notice, "details") if notice.kind == "details" else None
    return old if old and said and _said(db, old).thread_ts == said.thread_ts else None


def _answered(db: Database, notice: Notice) -> tuple[Entry | None, bool]:
    """The message that a notice answers, if any is there; and whether it still has to wait for one.

    An alert answers the day's digest where that is there already, and waits for nothing.
    """
    if notice.parent is None:
        return (notices.standing(db, notice) if notice.kind == "alert" else None), False
    parent = notices.by_key(db, notice.parent)
    if parent is not None and parent.state in NEVER:
        parent = _instead(db, parent)
    if parent is None:
        return None, False
    return (parent, False) if parent.state in DONE else (None, True)


def _instead(db: Database, parent: Entry) -> Entry | None:
    """The message that stands, or will, where this one does not; None for what nothing takes the place of."""
    if parent.notice.kind not in CHANGED:
        return None
    standing = notices.standing(db, parent.notice, parent.notice.kind)
    return standing or (_last(db, parent.notice) if parent.state == "superseded" else None)


def _said(db: Database, entry: Entry) -> Said:
    """A message that has arrived, and the first one of the thread in which it stands."""
    top = entry
    while top.notice.parent and (above := notices.by_key(db, top.notice.parent)) and above.state in DONE:
        top = above
    return Said(entry.notice.key, entry.channel_id, entry.message_ts, top.message_ts)


def _last(db: Database, notice: Notice) -> Entry | None:
    """The message that has taken the place of this one and is still to arrive."""
    found = notices.last_digest(db, notice.channel, notice.portfolio, notice.session, notice.kind)
    return found if found and found.notice.session == notice.session and found.state not in NEVER else None
