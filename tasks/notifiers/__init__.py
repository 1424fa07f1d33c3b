"""Notifiers, one file per channel, found by name. Plain functions; no Prefect, no DuckDB.

A notifier file defines `DELIVERED`, the state of a message that arrived; `LOCAL`, whether it only writes a
file of this HOME, the same one when it is sent again; `render(report, ...)`, pure, the
exact payload; `send(channel, notice)`, one attempt without any retry of its own; and `find(channel, ...)`,
which looks for a message with the notice's key in what the channel already has. An error says what is
certain: refused, not sent, perhaps sent, or not to be known.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from pydantic import SecretStr

from config.portfolio import Portfolio
from config.settings import Settings
from quant import plugins
from quant.errors import InputError, VendorError
from tasks.report.model import Report
from warehouse.notices import Notice

Kind = Literal["digest", "alert"]


@dataclass(frozen=True)
class Channel:
    """Where messages go: a notifier and a name it knows. `timeout` is in seconds, per answer.

    `note` is what a reader must know of every message that arrives there.
    """

    notifier: str
    name: str
    home: Path
    url: str = ""
    token: SecretStr | None = None
    timeout: float = 15.0
    note: str | None = None

    @property
    def address(self) -> str:
        """What a channel is called in the outbox and in reports."""
        return f"{self.notifier}:{self.name}"


@dataclass(frozen=True)
class Receipt:
    """A channel's own ids for itself and for the message that it has."""

    channel_id: str | None = None
    message_ts: str | None = None


class RefusedError(VendorError):
    """Certainly not sent. `permanent`: the content will never be accepted; else somebody can mend it."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class NotSentError(VendorError):
    """Certainly not sent, and worth trying again; `retry_after` is the wait asked for, in seconds."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UncertainError(VendorError):
    """The message may have arrived or not: look before sending again."""


class UnreadableError(VendorError):
    """The history cannot be read. `permanent`: trying again at once will not help."""

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


class Notifier(Protocol):
    """What a file in this folder provides."""

    DELIVERED: Literal["sent", "preview"]
    LOCAL: bool

    def render(
        self, report: Report, kind: Kind, *, channel: str, key: str, mention: str = ""
    ) -> dict[str, Any]:
        """The payload for the channel of this name; it carries `key`. `mention`: for critical alerts only."""

    def send(self, channel: Channel, notice: Notice) -> Receipt:
        """Deliver once. Raises RefusedError, NotSentError or UncertainError."""

    def find(self, channel: Channel, notice: Notice, since: datetime, known_id: str | None) -> Receipt | None:
        """The message with the notice's key among those since about `since`. Raises UnreadableError."""


def names() -> list[str]:
    """Every notifier of this folder."""
    return plugins.names(sys.modules[__name__])


def load(name: str) -> Notifier:
    """The notifier called `name`.

    Raises:
        InputError: there is none.
    """
    if name not in names():
        raise InputError(f"unknown notifier {name!r}. Known: {', '.join(names())}.")
    return cast("Notifier", plugins.load(sys.modules[__name__], name))


def channel_of(settings: Settings, portfolio: Portfolio) -> Channel:
    """Slack where there is a token and the portfolio names a channel; else a preview of the same message.

    An example is nobody's: nobody is told of it.
    """
    slack = portfolio.slack
    name = slack.channel if slack else "(no channel)"
    if slack is None or settings.slack_token is None or portfolio.example:
        mute = slack is None and settings.slack_token is not None and not portfolio.example
        return Channel("preview", name, settings.home, note=MUTE if mute else None)
    return Channel("slack", name, settings.home, settings.slack_url, settings.slack_token)


MUTE = 'nobody is told: the portfolio file has no [slack] table. Add one with channel = "#name".'


def metadata(key: str) -> Mapping[str, Any]:
    """What a message carries so that it can be found again."""
    return {"event_type": "ballast_notice", "event_payload": {"key": key}}
