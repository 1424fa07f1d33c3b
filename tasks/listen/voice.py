"""What is said to one person, or into a thread, at once: an answer that need not be kept for later.

What the desk must know (a decision, a reminder) goes through the outbox instead.
"""

import json
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, cast
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request

from slack_sdk.errors import SlackApiError, SlackRequestError

from config.settings import Settings
from quant.documents import Json
from quant.errors import VendorError
from tasks.listen.payloads import Asker
from tasks.notifiers._slack_client import BoundedClient

PATIENCE = 10
ANSWERS = "hooks.slack.com"
"""Where answers to a slash command go; a stand-in of Slack has its own."""


class Voice:
    """Slack's Web API for answers, with the bot's token.

    Each method raises VendorError, which carries Slack's code and never the token.
    """

    def __init__(self, settings: Settings) -> None:
        token = settings.slack_token.get_secret_value().strip() if settings.slack_token else ""
        self.url = settings.slack_url
        self.client = BoundedClient(token, base_url=self.url, timeout=PATIENCE, retry_handlers=[])

    def private(self, asker: Asker, text: str) -> None:
        """Tell the asker alone."""
        if asker.url:
            self._answer(asker.url, text)
            return
        _call(self.client.chat_postEphemeral, channel=asker.channel, user=asker.user, text=text)

    def in_thread(self, asker: Asker, text: str, blocks: list[Json]) -> None:
        """Answer in the thread of the message that was clicked."""
        where = {"channel": asker.channel, "thread_ts": asker.thread}
        _call(self.client.chat_postMessage, **where, text=text, blocks=blocks, unfurl_links=False)

    def open_form(self, trigger: str, view: Json) -> None:
        """Open a form; Slack takes the trigger for three seconds."""
        _call(self.client.views_open, trigger_id=trigger, view=view)

    def _answer(self, url: str, text: str) -> None:
        """Answer a slash command at the address that came with it, without any token."""
        at, own = urlsplit(url), urlsplit(self.url)
        if (at.scheme, at.netloc) not in {("https", ANSWERS), (own.scheme, own.netloc)}:
            raise VendorError("the address for the answer is not Slack's")
        body = json.dumps({"text": text, "response_type": "ephemeral"}).encode()
        request = Request(  # noqa: S310 - https, or the stand-in's own address
            url, data=body, headers={"Content-Type": "application/json"}, method="POST"
        )
        _call(self.client._perform_urllib_http_request_internal, url=url, req=request)  # noqa: SLF001 - our own


def _call(method: Callable[..., Any], **arguments: Any) -> None:
    try:
        method(**arguments)
    except SlackApiError as error:
        code = str(cast("Any", error.response).get("error", ""))[:60]
        raise VendorError(f"Slack refused: {code}") from None
    except (SlackRequestError, URLError, OSError, HTTPException, ValueError) as error:
        raise VendorError(f"Slack cannot be reached ({type(error).__name__})") from None
