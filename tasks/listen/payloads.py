"""What Slack tells of a click, a form or a slash command, as far as we use it. Pure.

Slack vouches for who did it and what was clicked. What somebody typed is text and nothing more.
"""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quant.documents import Json
from quant.people import Actor
from tasks.report.formats.buttons import LABELS, Action, Subject


@dataclass(frozen=True)
class Asker:
    """Who asks, and where the answer goes; `thread` is the message that it belongs to."""

    user: str
    channel: str
    thread: str | None = None
    url: str | None = None

    @property
    def actor(self) -> Actor:
        """Whoever asks, by the id that Slack gives; the name is the portfolio file's."""
        return Actor("slack", self.user, self.user)


@dataclass(frozen=True)
class Click:
    """A button was clicked. `key` is of this click alone: told twice it is the same."""

    action: Action
    subject: Subject
    asker: Asker
    key: str
    trigger: str


@dataclass(frozen=True)
class Form:
    """A form was sent. `fields` are its values by the block's id; one that was left empty is not there."""

    action: Action
    subject: Subject
    asker: Asker
    key: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """A slash command, with the text behind it."""

    asker: Asker
    text: str


Asked = Click | Form | Command


def read(kind: str, payload: Json) -> Asked | None:
    """What an envelope of this kind asks for; None where it is nothing of ours.

    Raises:
        LookupError, TypeError or ValueError: it is not as Slack writes it.
    """
    if kind == "slash_commands":
        return _command(payload)
    if kind == "interactive" and payload["type"] == "block_actions":
        return _click(payload)
    if kind == "interactive" and payload["type"] == "view_submission":
        return _form(payload)
    return None


def _click(payload: Mapping[str, Any]) -> Click | None:
    action = payload["actions"][0]
    subject = Subject.read(str(action.get("value", "")))
    if action["action_id"] not in LABELS or subject is None:
        return None
    user, place = payload["user"]["id"], payload["container"]
    asker = Asker(user, place["channel_id"], place.get("thread_ts") or place["message_ts"])
    key = f"slack click {user} {action['action_id']} {action['action_ts']}"
    return Click(action["action_id"], subject, asker, key, payload["trigger_id"])


def _form(payload: Mapping[str, Any]) -> Form | None:
    view = payload["view"]
    if view["callback_id"] not in LABELS:
        return None
    kept, user = json.loads(view["private_metadata"]), payload["user"]["id"]
    subject = Subject(kept["run"], kept["key"])
    fields = {name: value for name, block in view["state"]["values"].items() if (value := _value(block))}
    asker = Asker(user, kept["channel"], kept["thread"])
    return Form(view["callback_id"], subject, asker, f"slack form {user} {view['id']}", fields)


def _value(block: Mapping[str, Mapping[str, Any]]) -> str:
    """The value of a form's only field, as text: what was typed, or the instant that was chosen."""
    [element] = block.values()
    return str(element.get("value") or element.get("selected_date_time") or "").strip()


def _command(payload: Mapping[str, Any]) -> Command:
    asker = Asker(payload["user_id"], payload["channel_id"], url=payload["response_url"])
    return Command(asker, html.unescape(payload.get("text", "")))  # Slack writes &, < and > as entities
