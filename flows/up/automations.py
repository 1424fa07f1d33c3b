"""What Prefect's server does by itself, also when no worker and no run is alive to do it.

A process that is killed runs none of its own hooks: that it stopped is seen from outside, by the absence of
its events. So the server frees a run that gives no sign of life, and tells the operator's channel of a daily
run that has not ended by its time and of every run that crashed. A run that fails tells it itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from quant.documents import Json

HEARTBEAT = 30
"""Seconds between two signs of life of a run."""
SILENT = timedelta(minutes=5)
"""A run that gives no sign of life for so long is dead; a busy machine gives its signs late."""
STARTING = timedelta(minutes=10)
"""A run that was handed to a process and has not begun after so long never will."""
BY_ITS_TIME = timedelta(hours=2)
"""So long after it was due a daily run has ended."""
ENDS = (
    "Completed", "Recommended", "Partial", "Held", "Holiday", "Example", "No portfolio", "Failed", "Crashed",
    "Cancelled", "Cancelling", "Skipped", "TimedOut",
)  # fmt: skip
"""The names of the states in which a run of ours ends."""
NAME = "Ballast: "
BLOCK = "ballast-operator"


@dataclass(frozen=True)
class Operator:
    """Where the operator is told: a Slack channel, by the address of Slack's API."""

    channel: str
    url: str
    token: str = field(repr=False)

    @property
    def block(self) -> Json:
        """The data of Prefect's notification block. It keeps the token encrypted."""
        return {
            "name": "Ballast",
            "method": "POST",
            "url": f"{self.url}chat.postMessage",
            "headers": {"Authorization": "Bearer {{token}}"},
            "json_data": {"channel": self.channel, "text": "{{subject}}\n{{body}}"},
            "secrets": {"token": self.token},
        }


@dataclass(frozen=True)
class Ours:
    """Which runs of a server are ours: all of its own server's, where nothing is named.

    `name`: this HOME's on a server that others use too; `resources`: the deployments and flows of its runs,
    as Prefect's events name them. A run's signs of life do not name its work pool.
    """

    name: str = ""
    resources: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """How the names of the automations begin."""
        return f"{NAME[:-2]} {self.name}: " if self.name else NAME

    @property
    def related(self) -> dict[str, list[str]]:
        """What a run's event is related to; empty for any."""
        if not self.resources:
            return {}
        return {
            "prefect.resource.id": [*self.resources],
            "prefect.resource.role": ["deployment", "flow"],
        }


def automations(daily: str, block: str | None, pages: str, ours: Ours) -> Iterator[Json]:
    """The automations, of the daily deployment's id; those that tell somebody only with a `block`'s id.

    `pages`: where links lead; none are made where it is empty.
    """
    for one in _automations(daily, block, pages, ours):
        yield {**one, "name": f"{ours.prefix}{one['name']}"}


def _automations(daily: str, block: str | None, pages: str, ours: Ours) -> Iterator[Json]:
    ended = _events(*ENDS)
    heartbeat = _events("heartbeat")
    waiting = _events("Scheduled", "AwaitingConcurrencySlot", "AwaitingRetry", "Late")
    yield _freed("gave no sign of life", heartbeat, heartbeat + ended, SILENT, ours)
    yield _freed("did not begin", _events("Pending"), _events("Running") + waiting + ended, STARTING, ours)
    if block is None:
        return
    own = {"prefect.resource.id": f"prefect.deployment.{daily}", "prefect.resource.role": "deployment"}
    yield {
        **_trigger("a daily run is late", _events("Late", "Pending"), ended, BY_ITS_TIME, own),
        "actions": [_tell(block, f"has not ended {BY_ITS_TIME} after it was due", pages)],
    }
    yield {
        "name": "a run has crashed",
        "trigger": {
            "type": "event", "posture": "Reactive", "threshold": 1, "within": 0,
            "expect": _events("Crashed"),  # one that failed has told it itself (flows/failures.py)
            "match_related": {"prefect.resource.role": "deployment"},
        },
        "actions": [_tell(block, f"has crashed: {_safe('flow_run.state.message')}", pages)],
    }  # fmt: skip


def _events(*names: str) -> list[str]:
    return [f"prefect.flow-run.{name}" for name in names]


def _trigger(
    name: str, after: list[str], expect: list[str], within: timedelta, related: Json
) -> dict[str, Any]:
    """What fires for each run of which, once one event came, none of others comes in time."""
    return {
        "name": name,
        "trigger": {
            "type": "event",
            "posture": "Proactive",
            "after": after,
            "expect": expect,
            "match": {"prefect.resource.id": "prefect.flow-run.*"},
            "match_related": related,
            "for_each": ["prefect.resource.id"],
            "threshold": 1,
            "within": within.total_seconds(),
        },
    }


def _freed(what: str, after: list[str], expect: list[str], within: timedelta, ours: Ours) -> dict[str, Any]:
    """An automation that marks a run as crashed, so that its place in the queue is free."""
    message = f"interrupted: it {what} for {within.total_seconds():.0f} seconds"
    crashed = {"type": "change-flow-run-state", "state": "CRASHED", "message": message, "force": True}
    trigger = _trigger(f"a run that {what} is freed", after, expect, within, ours.related)
    return {**trigger, "actions": [crashed]}


def _tell(block: str, what: str, pages: str) -> dict[str, Any]:
    link = f"\n{pages}/runs/flow-run/{{{{ flow_run.id }}}}" if pages else ""
    return {
        "type": "send-notification",
        "block_document_id": block,
        "subject": "FAILED: {{ flow.name }}",
        "body": f"The run {_safe('flow_run.name')} {what}{link}",
    }


def _safe(name: str) -> str:
    """A text of Prefect's as Slack shows it: nothing in it becomes a mention or a link."""
    signs = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return f"{{{{ {name} {' '.join(f'| replace({sign!r}, {said!r})' for sign, said in signs.items())} }}}}"
