"""A signed HTTPS POST of a JSON document, at least once, as the Standard Webhooks specification has it.

Headers: `webhook-id`, the notice's key, the same in every repetition: by it the receiver drops what it has;
`webhook-timestamp`, seconds since 1970, by which an old request is refused; and `webhook-signature`, "v1,"
and the base64 of HMAC-SHA256 over "id.timestamp.body" with the secret's bytes. No redirect is followed.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import httpx
from pydantic import Field, SecretStr

from config import hosts
from config.settings import Settings
from quant.documents import Json
from quant.errors import InputError
from quant.policy.policy import Strict
from tasks.context.bounds import retry_after
from tasks.notifiers import Channel, NotSentError, Place, Receipt, RefusedError, UncertainError
from tasks.notifiers._deadline import Deadline
from tasks.notifiers._message import words
from tasks.report.messages.message import Message
from warehouse.notices import Notice

DELIVERED: Literal["sent"] = "sent"
HISTORY = False
LOCAL = False
EDITS = False
THREADS = False
PACE = 0.0
CONTENT = {400, 413, 415, 422}
"""What the same body will be refused for again."""
NEVER_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
SECRET = "BALLAST_WEBHOOK_SECRET must be whsec_ and the base64 of 24 to 64 random bytes (docs/channels.md)."  # noqa: S105 - words about it


class Options(Strict):
    """Where a [[channel]] with notifier = "webhook" posts to, and what it is called in reports."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,80}$")] | None = None


def channels(settings: Settings, options: Options) -> list[Channel]:
    """The one channel of a table. Its name has its host and the beginning of the address's SHA-256.

    An address may hold what not all may read, and two of one host must never be taken for each other.

    Raises:
        InputError: the address is none, is not https, or leads to a host that nobody has allowed.
    """
    host = _checked(settings, options.url)
    if settings.webhook_secret is not None:
        _key(settings.webhook_secret)
    name = f"{options.name or host}#{hashlib.sha256(options.url.encode()).hexdigest()[:8]}"
    return [
        Channel(
            "webhook", name, settings.home, options.url, settings.webhook_secret,
            ready=settings.webhook_secret is not None,
        )
    ]  # fmt: skip


def render(
    message: Message,
    *,
    channel: str,  # noqa: ARG001 - the address is not part of the document
    key: str,
    mention: str = "",  # noqa: ARG001 - a mention is Slack's
) -> Json:
    """The JSON document: what it is about, the plain text, and the rows that a program acts upon."""
    subject, text = words(message.document)
    data = {**message.data, "subject": subject, "text": text}
    return {"type": f"ballast.{message.kind}", "key": key, "data": data}


def placed(payload: Json, place: Place) -> Json:
    """With `answers` or `replaces`, the key of the message that it answers, or that it takes the place of."""
    own = {name: value for name, value in payload.items() if name not in {"answers", "replaces"}}
    answers = {"answers": place.answers.key} if place.answers else {}
    return own | answers | ({"replaces": place.replaces.key} if place.replaces else {})


def send(channel: Channel, notice: Notice, now: datetime) -> Receipt:
    """Post once; any answer of 2xx means that it was taken."""
    if channel.token is None:
        raise RefusedError(SECRET)
    body = json.dumps(notice.payload, separators=(",", ":")).encode()
    headers = signed(_key(channel.token), notice.key, int(now.timestamp()), body)
    headers |= {"content-type": "application/json", "user-agent": "ballast"}
    try:
        with (
            Deadline(channel.timeout) as deadline,
            httpx.Client(timeout=channel.timeout) as client,
            client.stream(
                "POST", channel.url, content=body, headers=headers, extensions={"trace": _watched(deadline)}
            ) as answer,
        ):  # its body is nothing to us: not read
            _judge(answer.status_code, answer.headers)
    except NEVER_ASKED as error:
        raise NotSentError(f"the webhook cannot be reached ({type(error).__name__})") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UncertainError(f"the connection to the webhook broke ({type(error).__name__})") from None
    return Receipt(message_ts=notice.key)


def _watched(deadline: Deadline) -> Callable[[str, dict[str, Any]], None]:
    """What httpx calls at each event of a request; a connection is watched from its begin."""

    def trace(event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            deadline.watch(info["return_value"].get_extra_info("socket"))

    return trace


def signed(key: bytes, identity: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove sender and time of a body; `timestamp` in seconds since 1970."""
    content = f"{identity}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _judge(status: int, headers: httpx.Headers) -> None:
    """What an answer other than 2xx means."""
    if 200 <= status < 300:
        return
    if status in {429, 503}:
        pause = retry_after(headers.get("retry-after"), headers.get("date"))
        raise NotSentError(f"the webhook asks to wait ({status})", retry_after=pause or 1.0)
    if status >= 500 or status == 408:
        raise UncertainError(f"the webhook failed ({status})")
    if 300 <= status < 400:
        raise RefusedError(f"the webhook's address leads elsewhere ({status}). Write the new one.")
    raise RefusedError(f"the webhook refused ({status}).", permanent=status in CONTENT)


def _checked(settings: Settings, url: str) -> hosts.Host:
    """The host of an address that a portfolio's numbers may be sent to."""
    form = "url: write an address that begins with https://, without user, password, spaces or #."
    try:
        host = hosts.host(url)
        known = host.is_this_machine or hosts.allowed(host, settings.allow_hosts)
        parts = httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise InputError(form) from None
    if parts.userinfo or parts.fragment or any(sign.isspace() or sign == "\\" for sign in url):
        raise InputError(form)
    if parts.scheme not in {"https", "http"}:
        raise InputError(form)
    if host.scheme != "https" and not (host.scheme == "http" and host.is_this_machine):
        raise InputError(form)
    if not known:
        raise InputError(f"url: {host} is no allowed host. Add it to BALLAST_ALLOW_HOSTS (docs/channels.md).")
    return host


def _key(secret: SecretStr) -> bytes:
    prefix, found, encoded = secret.get_secret_value().strip().partition("whsec_")
    try:
        key = base64.b64decode(encoded, validate=True) if found and not prefix else b""
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise InputError(SECRET)
    return key
