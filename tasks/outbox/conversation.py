"""One conversation for each portfolio, session and channel: its first digest, changed by each later one.

A digest that says something else takes the place of the one before, and a message in the thread says what
changed and why. Its details stand in the thread too; those of a later one take their place. What has not gone
out by then is superseded: a channel gets the newest only.
"""

from datetime import date, datetime, timedelta

from tasks.notifiers import Channel, load
from tasks.outbox.prepare import prepare, prepare_answer
from tasks.outbox.transport.deliver import NEWER
from tasks.report import assemble
from tasks.report.messages.answers import of_change, of_details
from tasks.report.messages.message import Kind
from tasks.report.model import Report
from tasks.report.words.changes import reasons
from warehouse import notices, runs
from warehouse.database.database import Database
from warehouse.notices import Entry, Notice

LASTS = timedelta(days=4)
"""Days after its session for which a conversation is still that of the day: over a long weekend."""


def ask(db: Database, report: Report, kind: Kind, channel: Channel, now: datetime) -> list[Notice]:
    """Put into the outbox what tells `report` to `channel`; the notices of it, in their order."""
    if kind != "digest":
        return [notices.ask(db, prepare(report, kind, channel), now).notice]
    said = notices.digests(db, channel.address, report.run_id)
    notice = prepare(report, kind, channel, said)
    known = notices.by_key(db, notice.key)
    notice = notices.ask(db, notice, now).notice
    if known is not None:
        return [notice, *_unfinished(db, report, notice, channel, now)]
    if notices.later_digests(db, channel.address, report.run_id):
        notices.decide(db, notice.key, "superseded", NEWER, now)
        return [notice]
    shown = _shown(db, notice)
    notices.overtake(db, notice, NEWER, now)
    changed = _changed(db, report, notice, shown, channel, now) if shown else []
    return [notice, *changed, *_detailed(db, report, notice, channel, now)]


def of_day(db: Database, channel: Channel, portfolio: str, day: date) -> str | None:
    """The key of the digest whose thread is the place for what happens to a portfolio on `day`, if any."""
    found = notices.last_digest(db, channel.address, portfolio, day - LASTS)
    return found.notice.key if found else None


def _shown(db: Database, notice: Notice) -> Entry | None:
    """The digest before this one that the channel shows, or that is on its way to it."""
    sending = [
        one
        for one in notices.sending(db, notice.channel, notice.key)
        if one.notice.kind == "digest"
        and one.sending_at is not None
        and (one.notice.portfolio, one.notice.session) == (notice.portfolio, notice.session)
    ]
    return sending[-1] if sending else notices.standing(db, notice)


def _detailed(db: Database, report: Report, notice: Notice, channel: Channel, now: datetime) -> list[Notice]:
    """The details of a digest, which belong into its thread, where the channel has threads."""
    return [notices.ask(db, one, now).notice for one in _details(report, notice, channel)]


def _unfinished(
    db: Database, report: Report, notice: Notice, channel: Channel, now: datetime
) -> list[Notice]:
    """The details of a digest that was told before, where a run that died has left them on their way."""
    known = [notices.by_key(db, one.key) for one in _details(report, notice, channel)]
    return [
        notices.ask(db, one.notice, now).notice
        for one in known
        if one and one.state in {"pending", "sending"}
    ]


def _details(report: Report, notice: Notice, channel: Channel) -> list[Notice]:
    details = of_details(report) if load(channel.notifier).THREADS else None
    return [prepare_answer(details, notice, channel, notice.key)] if details else []


def _changed(
    db: Database, report: Report, notice: Notice, shown: Entry, channel: Channel, now: datetime
) -> list[Notice]:
    """The message in the thread that says what changed, where the channel has threads to change in."""
    run_id = shown.notice.run_id
    if run_id is None or not load(channel.words_of).EDITS:
        return []
    before, after = runs.load(db, run_id), runs.load(db, report.run_id)
    said = assemble.of_run(db, before, now).model_copy(update={"superseded_by": None})  # as it was told then
    message = of_change(said, report, reasons(before, after))
    return [notices.ask(db, prepare_answer(message, notice, channel, shown.notice.key), now).notice]
