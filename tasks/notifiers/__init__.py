"""Notifiers, one file per channel, found by name. Plain functions; no Prefect, no DuckDB.

A notifier file defines `DELIVERED`, the state of a message that arrived; `LOCAL`, whether it only writes a
file of this HOME, the same one when it is sent again; `PACE`, the seconds between two messages of a channel;
`EDITS`, whether a message that arrived can be changed; `THREADS`, whether a message has a thread for its
details and its files: it then has `upload(channel, notice, content)`, the step before a file is sent, which
nobody sees; `Options`, the keys of its
[[channel]] table, and `channels(settings, options)`, what it makes of them; `render(message, ...)`,
pure, the payload; `placed(payload, place)`, pure, the exact payload, once it is known what it answers or
replaces; `send(channel, notice, now)`, one attempt without any retry of its own; and `HISTORY`, whether what
a channel already has can be read. Where it can, `find(channel, ...)` looks for a message with the notice's
key there, and a message arrives exactly once; else it arrives at least once. An error says what is certain:
refused, not sent, perhaps sent, or not to be known.
"""

import json
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from pydantic import BaseModel, SecretStr, ValidationError

from config.channels import ChannelTable, SlackChannel
from config.portfolio import Portfolio
from config.refusal import refuse
from config.settings import Settings
from quant import plugins
from quant.documents import Json
from quant.errors import InputError, VendorError
from tasks.report.messages.message import Message
from warehouse.notices import Notice


@dataclass(frozen=True)
class Channel:
    """Where messages go: a notifier and a name it knows. `timeout` is in seconds, per answer.

    `note` is what a reader must know of every message that arrives there; `mention` is whom a critical alert
    calls. `ready` is False where the environment lacks what a delivery needs. `renders` is the notifier whose
    message a preview shows, by default Slack's. `user` logs in with `token`; `sender` is who a mail is from.
    `buttons`: people may answer there.
    """

    notifier: str
    name: str
    home: Path
    url: str = ""
    token: SecretStr | None = None
    timeout: float = 15.0
    note: str | None = None
    mention: str = ""
    ready: bool = True
    renders: str = ""
    user: str = ""
    sender: str = ""
    buttons: bool = False

    @property
    def address(self) -> str:
        """What a channel is called in the outbox and in reports."""
        return f"{self.notifier}:{self.name}"

    @property
    def words_of(self) -> str:
        """The notifier whose messages it gets: its own, or of a preview the one that it stands for."""
        return self.renders or self.notifier


@dataclass(frozen=True)
class Receipt:
    """A channel's own ids for itself and for the message that it has.

    `earlier`: the message is that of an earlier version of the notice, which is to be changed.
    """

    channel_id: str | None = None
    message_ts: str | None = None
    earlier: bool = False


@dataclass(frozen=True)
class Said:
    """A message that has arrived: its key, the channel's ids of it, and of the first one of its thread."""

    key: str
    channel_id: str | None
    message_ts: str | None
    thread_ts: str | None


@dataclass(frozen=True)
class Place:
    """Where a message belongs in its channel: what it answers, and what it takes the place of.

    `conversation` names its portfolio and session, for a message that starts or changes one. `aloud`: an
    answer that is shown to those too who do not look into the thread.
    """

    conversation: str = ""
    answers: Said | None = None
    replaces: Said | None = None
    aloud: bool = False


class RefusedError(VendorError):
    """Certainly not sent. `permanent`: the content will never be accepted; else somebody can mend it.

    `gone`: the message that is answered or changed is no longer there.
    """

    def __init__(self, message: str, *, permanent: bool = False, gone: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.gone = gone


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
    HISTORY: bool
    EDITS: bool
    THREADS: bool
    PACE: float
    Options: type[BaseModel]

    def channels(self, settings: Settings, options: Any) -> list[Channel]:
        """The channels of one [[channel]] table, whose keys are `options`. Raises InputError."""

    def render(self, message: Message, *, channel: str, key: str, mention: str = "") -> Json:
        """The payload for the channel of this name; it carries `key`. `mention`: for critical alerts only."""

    def placed(self, payload: Json, place: Place) -> Json:
        """The payload in its place: as an answer, as a change of an earlier message, or as one of its own.

        Placed again it is as if it had been placed so at first.
        """

    def send(self, channel: Channel, notice: Notice, now: datetime) -> Receipt:
        """Deliver once, at `now` (aware). Raises RefusedError, NotSentError or UncertainError."""

    def upload(self, channel: Channel, notice: Notice, content: bytes) -> str:
        """Bring the bytes of a file to the channel, where nobody sees them yet; the channel's id of them.

        Not asked, and need not be there, where `THREADS` is False. Raises RefusedError or NotSentError.
        """

    def find(self, channel: Channel, notice: Notice, since: datetime, known_id: str | None) -> Receipt | None:
        """The message with the notice's key among those since about `since`. Raises UnreadableError.

        Not asked, and need not be there, where `HISTORY` is False.
        """


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


def check(settings: Settings, portfolio: Portfolio, file: Path) -> None:
    """Refuse a portfolio whose channels cannot be used; `file` is its file, for the sentence.

    Raises:
        InputError: a notifier does not exist, one of its keys is not right, or a channel stands twice.
    """
    channels = _slack(settings, portfolio.slack)
    for number, table in enumerate(portfolio.channel):
        for channel in _opened(settings, table, file, number):
            if channel.address in {one.address for one in channels}:
                raise InputError(f"{file}: channel #{number + 1}: {channel.address} stands twice. Keep one.")
            channels.append(channel)


def channels_of(settings: Settings, portfolio: Portfolio) -> list[Channel]:
    """Everywhere a portfolio's messages go: its [slack] table first, then each [[channel]] in file order.

    Where a channel is not set up (no token, no mail server), a preview of what it would get. No message is
    sent for an example. A table that cannot be used is a preview that says so.
    """
    if portfolio.slack is None and not portfolio.channel:
        mute = settings.slack_token is not None and not portfolio.example
        return [Channel("preview", "(no channel)", settings.home, note=MUTE if mute else None)]
    channels = _slack(settings, portfolio.slack)
    for number, table in enumerate(portfolio.channel):
        try:
            channels += _opened(settings, table, Path(portfolio.name), number)
        except InputError as error:
            note = f"no message is sent: {error}"
            channels.append(Channel("preview", f"channel #{number + 1}", settings.home, note=note))
    answering = settings.slack_app_token is not None and any(one.slack for one in portfolio.person)
    return [
        _previewed(one)
        if portfolio.example or not one.ready
        else replace(one, buttons=answering and one.notifier == "slack")
        for one in channels
    ]


def operator(settings: Settings) -> Channel:
    """Where failures are told: the Slack channel of BALLAST_OPERATOR_CHANNEL, else a preview."""
    if not settings.operator_channel:
        return Channel("preview", "(operator)", settings.home, note=NO_OPERATOR)
    [channel] = _slack(settings, SlackChannel(channel=settings.operator_channel))
    return channel if channel.ready else _previewed(channel)


def _opened(settings: Settings, table: ChannelTable, file: Path, number: int) -> list[Channel]:
    try:
        notifier = load(table.notifier)
    except InputError as error:
        raise InputError(f"{file}: channel #{number + 1}.notifier: {error}") from None
    known = list(notifier.Options.model_fields)
    try:
        options = notifier.Options.model_validate_json(json.dumps(table.keys), strict=True)
    except ValidationError as error:
        refuse(file, error, lambda location: known if location else [], ("channel", number))
    try:
        return notifier.channels(settings, options)
    except InputError as error:
        raise InputError(f"{file}: channel #{number + 1}: {error}") from None


def _slack(settings: Settings, table: SlackChannel | None) -> list[Channel]:
    """The channel of a [slack] table, the short form of [[channel]] with notifier = "slack"."""
    return load("slack").channels(settings, table) if table else []


def _previewed(channel: Channel) -> Channel:
    """The preview of what a channel would get."""
    return Channel("preview", channel.name, channel.home, mention=channel.mention, renders=channel.notifier)


NO_OPERATOR = "no message is sent: set BALLAST_OPERATOR_CHANNEL to the Slack channel that hears of failures."
MUTE = 'no message is sent: the portfolio file has no [slack] table. Add one with channel = "#name".'


def metadata(key: str, conversation: str = "") -> Json:
    """What a message carries so that it can be found again; of one that starts a conversation, also which."""
    started = {"conversation": conversation} if conversation else {}
    return {"event_type": "ballast_notice", "event_payload": {"key": key} | started}
