"""Messages as notices: each with the key by which it is known again. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from quant.documents import Json
from tasks.decisions.halts import Switch
from tasks.notifiers import Channel, load
from tasks.outbox.buttoned import with_buttons
from tasks.report.files.attachment import Attachment
from tasks.report.formats.buttons import WATCHED, Subject
from tasks.report.messages.answers import of_replaced
from tasks.report.messages.fell import Fell
from tasks.report.messages.message import Kind, Message, of_halt, of_report
from tasks.report.model import Report
from warehouse.notices import Notice
from warehouse.tables.notices import Delivery


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
    return _digest(channel, report.portfolio, report.session, kind, *content)


def prepare(report: Report, kind: Kind, channel: Channel, said: Sequence[str] = ()) -> Notice:
    """The notice that tells `report` to `channel`; `said` are the keys of the day's digests so far."""
    key = _anew(dedupe_key(channel.address, report, kind), said)
    return _of_run(report, with_buttons(of_report(report, kind), report, channel, key), channel, key)


def prepare_decided(report: Report, digest: Notice, channel: Channel, entry: str) -> Notice:
    """The digest of `report` once more, which takes the place of `digest`: nothing is left to decide on.

    `entry` is the hash of the ledger's entry that decided the last of it.
    """
    key = _digest(channel.address, "decided", digest.key, entry)
    return _of_run(report, of_report(report, "digest"), channel, key)


def prepare_replaced(digest: Notice, channel: Channel) -> Notice:
    """The notice that makes a digest say that a newer one stands beside it."""
    message = of_replaced(digest.portfolio, digest.session.isoformat())
    key = _digest(channel.address, "replaced", digest.key)
    return Notice(
        key, None, channel.address, digest.portfolio, digest.session, message.kind,
        rendered(message, channel, key), delivery(channel), parent=digest.key,
    )  # fmt: skip


def _of_run(report: Report, message: Message, channel: Channel, key: str) -> Notice:
    return Notice(
        key, report.run_id, channel.address, report.portfolio, date.fromisoformat(report.session),
        message.kind, rendered(message, channel, key), delivery(channel),
    )  # fmt: skip


def prepare_halt(switch: Switch, channel: Channel, parent: str | None) -> Notice:
    """The notice that tells a channel of a halt, or of its end, as an answer to the message `parent`."""
    key = _digest(channel.address, "halt", switch.entry)
    return Notice(
        key, None, channel.address, switch.portfolio, switch.at.date(), "halt",
        rendered(of_halt(switch), channel, key), delivery(channel), entry=switch.entry, parent=parent,
    )  # fmt: skip


def prepare_fall(message: Message, channel: Channel, told: Fell, now: datetime) -> Notice:
    """The notice that tells a channel how a portfolio's falls stand; told again, it is another one."""
    stand = sorted([one.fingerprint, one.at, one.severity, one.state, one.confirmed] for one in told.found)
    repeated = [now.isoformat()] if told.again else []
    key = _digest(channel.address, message.kind, told.portfolio, told.session.isoformat(), stand, repeated)
    if channel.buttons and any(one.state == "firing" for one in told.found):
        message = replace(message, decide=Subject(WATCHED, key))
    return Notice(
        key, None, channel.address, told.portfolio, told.session, message.kind,
        rendered(message, channel, key), delivery(channel),
    )  # fmt: skip


def prepare_failure(message: Message, channel: Channel, flow: str, at: datetime, identity: str) -> Notice:
    """The notice that tells an operator of a failure; `identity` makes it one of its kind."""
    key = _digest(channel.address, "failure", identity)
    return Notice(
        key, None, channel.address, flow, at.date(), "failure",
        rendered(message, channel, key), delivery(channel),
    )  # fmt: skip


def prepare_review(message: Message, channel: Channel, portfolio: str, monday: date, said: str) -> Notice:
    """The notice that tells a portfolio's channel of its week; what was `said` makes it one of its kind."""
    key = _digest(channel.address, "review", portfolio, monday.isoformat(), said)
    return Notice(
        key, None, channel.address, portfolio, monday, "review",
        rendered(message, channel, key), delivery(channel),
    )  # fmt: skip


def prepare_test(message: Message, channel: Channel, portfolio: str, at: datetime) -> Notice:
    """The notice that brings a test of `at` to a channel of a portfolio."""
    key = _digest(channel.address, "test", portfolio, at.isoformat())
    return Notice(
        key, None, channel.address, portfolio, at.date(), "test",
        rendered(message, channel, key), delivery(channel),
    )  # fmt: skip


def prepare_file(attachment: Attachment, sha256: str, to: Notice, channel: Channel) -> Notice:
    """The notice that uploads a file, kept under its `sha256`, into the thread of a message."""
    key = _digest(channel.address, "file", to.key, attachment.name, sha256)
    payload = {
        "filename": attachment.name, "title": attachment.title, "alt": attachment.alt, "sha256": sha256,
        "length": len(attachment.content),
    }  # fmt: skip
    return Notice(
        key,
        to.run_id,
        channel.address,
        to.portfolio,
        to.session,
        "file",
        payload,
        delivery(channel),
        parent=to.key,
    )


def prepare_answer(
    message: Message, to: Notice, channel: Channel, about: str, entry: str | None = None
) -> Notice:
    """The notice that answers another one; `about` makes it one of its kind.

    It tells of what the run of that one found, or of the `entry` of the ledger with this hash.
    """
    key = _digest(channel.address, message.kind, to.key, about)
    run_id = None if entry else to.run_id
    return Notice(
        key, run_id, channel.address, to.portfolio, to.session, message.kind,
        rendered(message, channel, key), delivery(channel), entry=entry, parent=to.key,
    )  # fmt: skip


def rendered(message: Message, channel: Channel, key: str) -> Json:
    """What `channel` gets of a message, before its place there is known."""
    words = load(channel.words_of)
    return words.render(message, channel=channel.name, key=key, mention=channel.mention)


def delivery(channel: Channel) -> Delivery:
    """How surely a message arrives once in `channel`."""
    return "exactly_once" if load(channel.notifier).HISTORY else "at_least_once"


def _digest(*content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _anew(key: str, said: Sequence[str]) -> str:
    """The key of a digest; another one for what was said before and then replaced by something else.

    Else the channel would end with what is no longer so: held, 2 trades, held again.
    """
    keys = [key]
    while keys[-1] in said:
        keys.append(hashlib.sha256(f"{key} {len(keys)}".encode()).hexdigest())
    return said[-1] if said and said[-1] in keys else keys[-1]
