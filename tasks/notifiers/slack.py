"""Slack, through slack_sdk: one attempt to post, and a look into a channel's history.

The token never shows: errors carry Slack's own error code and our words, never a request or its headers, and
a token that cannot stand in a header is refused before slack_sdk could log it.
"""

import errno
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, Literal, cast
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from config.channels import SlackChannel
from config.settings import Settings
from quant.documents import Json
from quant.errors import VendorError
from tasks.context.bounds import retry_after
from tasks.notifiers import (
    Channel,
    NotSentError,
    Place,
    Receipt,
    RefusedError,
    UncertainError,
    UnreadableError,
    metadata,
)  # fmt: skip
from tasks.notifiers._slack_client import BoundedClient
from tasks.notifiers._slack_files import completed, is_shared, put, wanted
from tasks.report.formats import blockkit, buttons
from tasks.report.formats.buttons import ALERT, DECIDE
from tasks.report.messages.message import Message
from warehouse.notices import Notice

DELIVERED: Literal["sent"] = "sent"
LOCAL = False
HISTORY = True
EDITS = True
THREADS = True
PACE = 1.0
Options = SlackChannel
HISTORY_MARGIN = timedelta(hours=1)
PAGES = 10
ALERTING = {"alert", "fall", "market_fall"}
"""Kinds of messages whose buttons are those of alerts."""
PLACED = {"channel_id", "ts", "thread_ts", "reply_broadcast"}
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{8,}")
TOKEN = re.compile(r"[!-~]+")

# "It's possible some aspect of the operation succeeded" (docs.slack.dev/reference/methods/chat.postMessage).
PERHAPS_DONE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
# What the same payload will be refused for again.
CONTENT = {
    "invalid_arguments", "invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long",
    "no_text", "invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large",
}  # fmt: skip
GONE = {
    "message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found",
    "restricted_action_thread_locked", "cannot_reply_to_message", "file_not_found", "file_deleted",
}  # fmt: skip
"""The message that is answered or changed is not there, or cannot be any more."""
ADVICE = {
    "invalid_auth": "Set BALLAST_SLACK_TOKEN to a valid bot token.",
    "not_authed": "Set BALLAST_SLACK_TOKEN to a valid bot token.",
    "token_revoked": "Set BALLAST_SLACK_TOKEN to a new bot token.",
    "account_inactive": "Set BALLAST_SLACK_TOKEN to a new bot token.",
    "channel_not_found": "Create the channel, or invite the app if it is private.",
    "not_in_channel": "Invite the app to the channel.",
    "is_archived": "Name another channel in the portfolio file.",
    **dict.fromkeys(GONE, "The message that it belongs to is gone: this one is sent on its own."),
    "missing_scope": "Give the app chat:write, channels:history, channels:read, groups:history, groups:read, "
    "files:write, files:read.",
}
NEVER_CONNECTED = {errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH}


def channels(settings: Settings, options: SlackChannel) -> list[Channel]:
    """The channel that a table names."""
    token = settings.slack_token
    return [
        Channel(
            "slack", options.channel, settings.home, settings.slack_url, token,
            mention=options.mention, ready=token is not None,
        )
    ]  # fmt: skip


def render(message: Message, *, channel: str, key: str, mention: str = "") -> Json:
    """The arguments of chat.postMessage, with the key in the message's metadata."""
    text, blocks = blockkit.render(message.document, mention)
    if message.decide:
        blocks = [*blocks, *buttons.blocks(message.decide, ALERT if message.kind in ALERTING else DECIDE)]
    return {
        "channel": channel,
        "text": text,
        "blocks": blocks,
        "metadata": metadata(key),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def placed(payload: Json, place: Place) -> Json:
    """With `ts` the arguments of chat.update, with `thread_ts` an answer; with both an answer is changed.

    An answer that is said aloud stands in the channel too.
    """
    own = {name: value for name, value in payload.items() if name not in PLACED}
    if "filename" in own:
        return own | ({"thread_ts": place.answers.thread_ts} if place.answers else {})
    own["metadata"] = metadata(str(_noted(payload)["key"]), place.conversation)
    if place.answers and place.answers.thread_ts:
        own |= {"thread_ts": place.answers.thread_ts} | ({"reply_broadcast": True} if place.aloud else {})
    if (old := place.replaces) and old.message_ts:
        own |= {"channel_id": old.channel_id or own["channel"], "ts": old.message_ts}
    return own


def send(channel: Channel, notice: Notice, now: datetime) -> Receipt:  # noqa: ARG001 - Slack has a clock of its own
    """Post, or change, once. A change has text and blocks: without blocks Slack would drop the old ones."""
    client, payload = _client(channel), notice.payload
    if notice.upload:
        channel_id = _channel_id(client, channel.name, None)
        _call(client.files_completeUploadExternal, **completed(payload, notice.upload, channel_id))
        return Receipt(channel_id, notice.upload)
    if "ts" in payload:
        said = {name: payload[name] for name in ("ts", "text", "blocks", "metadata")}
        answer = _call(client.chat_update, channel=payload["channel_id"], **said)  # a name is no id there
    else:
        answer = _call(client.chat_postMessage, **payload)
    return Receipt(answer.get("channel"), answer.get("ts"))


def upload(channel: Channel, notice: Notice, content: bytes) -> str:
    """Upload the bytes of a file; Slack's id of it. What fails here has shown nothing to anybody."""
    client = _client(channel)
    try:
        given = _call(client.files_getUploadURLExternal, **wanted(notice.payload))
    except UncertainError as error:
        raise NotSentError(str(error)) from None
    put(str(given.get("upload_url")), content, channel.url, channel.timeout)
    return str(given.get("file_id"))


def find(channel: Channel, notice: Notice, since: datetime, known_id: str | None) -> Receipt | None:
    """Look for the key: where the message was to be changed, in its thread, and newest first in the channel.

    The channel is read for an answer too: an earlier attempt may have come before what it now answers. There
    back to an hour before `since` (clocks may differ). Where only an earlier version of the
    conversation's first message is there, it is that one.
    """
    try:
        client = _client(channel)
        channel_id = _channel_id(client, channel.name, known_id)
        if notice.kind == "file":
            return _file(client, channel_id, notice)
        return _found(_candidates(client, channel_id, notice.payload, since), channel_id, notice)
    except NotSentError as error:
        raise UnreadableError(str(error), retry_after=error.retry_after) from None
    except UncertainError as error:
        raise UnreadableError(str(error)) from None
    except RefusedError as error:
        if error.gone:
            return None
        raise UnreadableError(str(error), permanent=True) from None


def _file(client: WebClient, channel_id: str, notice: Notice) -> Receipt | None:
    """Where an upload was completed; None: it certainly was not. Slack may take a while to show it."""
    if notice.upload is None:
        return None
    info = _call(client.files_info, file=notice.upload)
    if is_shared(info.get("file") or {}, channel_id):
        return Receipt(channel_id, notice.upload)
    raise UnreadableError("Slack has the file and does not say yet where it stands.")


def _candidates(
    client: WebClient, channel_id: str, payload: Json, since: datetime
) -> Iterator[Mapping[str, Any]]:
    """The messages among which a notice may be."""
    oldest = f"{(since - HISTORY_MARGIN).timestamp():.6f}"
    ts, thread = payload.get("ts"), payload.get("thread_ts")
    if thread:
        asked = {"ts": thread, "oldest": ts or oldest, "inclusive": True}
        try:
            yield from _pages(client.conversations_replies, channel_id, **asked)
        except RefusedError as error:
            if not error.gone:
                raise
    if ts and not thread:
        yield from _pages(client.conversations_history, channel_id, oldest=ts, latest=ts, inclusive=True)
    if not ts:
        yield from _pages(client.conversations_history, channel_id, oldest=oldest)


def _found(messages: Iterator[Mapping[str, Any]], channel_id: str, notice: Notice) -> Receipt | None:
    """The message with the notice's key; else the newest one of its conversation, which is an earlier one."""
    earlier = None
    conversation = _noted(notice.payload).get("conversation")
    for message in messages:
        noted = _noted(message)
        if noted.get("key") == notice.key:
            return Receipt(channel_id, message["ts"])
        if conversation and noted.get("conversation") == conversation and not notice.payload.get("ts"):
            earlier = earlier or Receipt(channel_id, message["ts"], earlier=True)
    return earlier


def identity(channel: Channel) -> str:
    """Who the token is, as Slack says. Raises RefusedError, NotSentError or UncertainError."""
    answer = _call(_client(channel).auth_test)
    return f"{answer.get('user')} in {answer.get('team')}"


def _client(channel: Channel) -> WebClient:
    """A client that repeats nothing by itself: its default handler posts again after a dropped answer."""
    token = channel.token.get_secret_value().strip() if channel.token else ""
    if not TOKEN.fullmatch(token):
        raise RefusedError("BALLAST_SLACK_TOKEN holds characters that no token has. Set it again.")
    if not channel.url.startswith(("https://", "http://")):
        raise RefusedError("BALLAST_SLACK_URL is not an http(s) address. Set it right or unset it.")
    return BoundedClient(token, base_url=channel.url, timeout=cast("int", channel.timeout), retry_handlers=[])


def _pages(
    method: Callable[..., SlackResponse], channel_id: str, **asked: object
) -> Iterator[Mapping[str, Any]]:
    cursor = None
    for _ in range(PAGES):
        page = _call(method, channel=channel_id, include_all_metadata=True, limit=200, cursor=cursor, **asked)
        yield from page.get("messages", [])
        cursor = _next(page)
        if not cursor:
            return
    raise UnreadableError(f"the history holds more than {PAGES} pages since then", permanent=True)


def _channel_id(client: WebClient, name: str, known_id: str | None) -> str:
    """The history is asked by id: from the list of channels, else from an earlier message, else the name."""
    if CHANNEL_ID.fullmatch(name):
        return name
    try:
        listed = _listed_id(client, name.removeprefix("#"))
    except VendorError:
        listed = None  # the app may lack channels:read; an earlier answer serves as well
    return listed or known_id or name


def _listed_id(client: WebClient, name: str) -> str | None:
    cursor: str | None = None
    for _ in range(PAGES):
        page = _call(
            client.conversations_list, types="public_channel,private_channel", limit=1000, cursor=cursor
        )
        ids = _ids(page.get("channels", []))
        if name in ids:
            return ids[name]
        cursor = _next(page)
        if not cursor:
            break
    return None


def _ids(channels: list[Mapping[str, Any]]) -> dict[str, str]:
    return {channel["name"]: channel["id"] for channel in channels}


def _next(page: SlackResponse) -> str | None:
    return (page.get("response_metadata") or {}).get("next_cursor") or None


def _noted(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of ours a message carries; nothing for one that is not ours."""
    noted = message.get("metadata") or {}
    return noted.get("event_payload") or {} if noted.get("event_type") == "ballast_notice" else {}


def _call(method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
    """Call Slack; say of a failure what is certain. `from None`: the cause holds the request's headers."""
    try:
        return method(**arguments)
    except SlackApiError as error:
        raise _answered(error.response) from None
    except SlackRequestError as error:
        raise RefusedError(f"Slack was not asked: {error}") from None
    except (OSError, HTTPException, ValueError, LookupError, RecursionError) as error:
        raise _broken(error) from None


def _answered(response: SlackResponse) -> VendorError:
    """What an answer other than "ok" means."""
    data = response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error", ""))
    if response.status_code == 429 or code in {"ratelimited", "rate_limited"}:
        return NotSentError("Slack asks to slow down (429)", retry_after=_retry_after(response.headers))
    if response.status_code >= 500 or code in PERHAPS_DONE:
        return UncertainError(f"Slack failed ({response.status_code} {code[:40]})".replace(" )", ")"))
    if 300 <= response.status_code < 400:
        return RefusedError(
            f"HTTP {response.status_code}: the address leads elsewhere, and the token is not sent there. "
            "Set BALLAST_SLACK_URL to the address itself."
        )
    if not re.fullmatch(r"[a-z_]+", code):
        if response.status_code == 200:
            return UncertainError("Slack's answer was not understood")
        return RefusedError(
            f"HTTP {response.status_code} from BALLAST_SLACK_URL. Is that Slack's API address?"
        )
    needed = f" (needed: {data['needed']})" if data.get("needed") else ""
    advice = ADVICE.get(code, "See docs.slack.dev/reference/methods/chat.postMessage.")
    return RefusedError(
        f"Slack refused: {code}{needed}. {advice}", permanent=code in CONTENT, gone=code in GONE
    )


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; one where Slack doesn't say."""
    value = {name.lower(): text for name, text in headers.items()}.get("retry-after")
    pause = retry_after(value)
    return 1.0 if pause is None else pause


def _broken(error: Exception) -> VendorError:
    """No answer: certainly not sent only where no connection was ever made."""
    cause = error.reason if isinstance(error, URLError) else error
    never = isinstance(cause, socket.gaierror | ssl.SSLCertVerificationError) or (
        isinstance(error, URLError) and getattr(cause, "errno", None) in NEVER_CONNECTED
    )
    if never:
        return NotSentError(f"Slack cannot be reached ({type(cause).__name__})")
    return UncertainError(f"the connection to Slack broke ({type(cause).__name__})")
