"""Messages that people may answer. Pure."""

from dataclasses import replace

from tasks.notifiers import Channel
from tasks.report.formats.buttons import Subject
from tasks.report.messages.message import Message
from tasks.report.model import Report


def with_buttons(message: Message, report: Report, channel: Channel, key: str) -> Message:
    """The message with buttons, where people may answer it and have something to decide on."""
    live = not (report.historical or report.superseded_by or report.withdrawn or report.example)
    is_open = live and any(one.state == "proposed" for one in report.trades)
    answerable = live and bool(report.alerts) if message.kind == "alert" else is_open
    if message.kind in {"digest", "alert"} and channel.buttons and answerable:
        return replace(message, decide=Subject(report.run_id, key))
    return message
