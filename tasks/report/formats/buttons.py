"""The buttons of a day's message in Slack: what each does is known by its `action_id`. Pure.

The value of each is the run's id and the message's key, so that a click says what was seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from quant.documents import Json

Action = Literal[
    "ballast_approve", "ballast_approve_some", "ballast_reject", "ballast_snooze", "ballast_why",
    "ballast_acknowledge", "ballast_silence",
]  # fmt: skip
BLOCK = "ballast_decide"
DECIDE: dict[Action, str] = {
    "ballast_approve": "Approve all",
    "ballast_approve_some": "Approve…",
    "ballast_reject": "Reject",
    "ballast_snooze": "Snooze",
    "ballast_why": "Why?",
}
"""Below orders."""
ALERT: dict[Action, str] = {"ballast_acknowledge": "Acknowledge", "ballast_silence": "Silence…"}
"""Below alerts."""
LABELS = DECIDE | ALERT
STYLES: dict[Action, str] = {
    "ballast_approve": "primary",
    "ballast_acknowledge": "primary",
    "ballast_reject": "danger",
}


WATCHED = "watch"
"""What stands for the run in a message of the crash watch, which belongs to none."""


@dataclass(frozen=True)
class Subject:
    """What a button is about: the run whose orders or alerts the message shows, and the message's key."""

    run_id: str
    key: str

    def value(self) -> str:
        """As a button carries it; neither part has a space."""
        return f"{self.run_id} {self.key}"

    @classmethod
    def read(cls, value: str) -> "Subject | None":
        """What a button carried; None for what none of ours carries."""
        parts = value.split(" ")
        return cls(*parts) if len(parts) == 2 and all(parts) else None


def blocks(subject: Subject, actions: Iterable[Action]) -> list[Json]:
    """The row of buttons below a message."""
    return [{"type": "actions", "block_id": BLOCK, "elements": [_button(one, subject) for one in actions]}]


def _button(action: Action, subject: Subject) -> Json:
    style = {"style": STYLES[action]} if action in STYLES else {}
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": LABELS[action], "emoji": False},
        "value": subject.value(),
    } | style
