"""Messages that people may answer, and the answers to them. Pure."""

import hashlib
import json
from dataclasses import replace

from tasks.notifiers import Channel, load
from tasks.report.formats.buttons import Subject
from tasks.report.message import Message, Parent
from tasks.report.model import Report
from warehouse.notices import Entry, Notice
from warehouse.tables.notices import Delivery


def with_buttons(message: Message, report: Report, channel: Channel, key: str) -> Message:
    """The message with buttons, where people may answer it and have something to decide on."""
    live = not (report.historical or report.superseded_by or report.withdrawn or report.example)
    is_open = live and any(one.state == "proposed" for one in report.trades)
    if message.kind == "digest" and channel.buttons and is_open:
        return replace(message, decide=Subject(report.run_id, key))
    return message


def prepare_answer(message: Message, to: Entry, channel: Channel, entry: str) -> Notice:
    """The notice that answers another one and tells of an entry of the ledger, by its hash."""
    said, words = to.notice, load(channel.renders or channel.notifier)
    content = [channel.address, message.kind, said.key, entry]
    key = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    payload = words.render(message, channel=channel.name, key=key, parent=Parent(said.key, to.message_ts))
    delivery: Delivery = "exactly_once" if load(channel.notifier).HISTORY else "at_least_once"
    return Notice(
        key, None, channel.address, said.portfolio, said.session, message.kind, payload, delivery,
        entry=entry, parent=said.key,
    )  # fmt: skip
