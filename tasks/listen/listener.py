"""Listening to Slack through Socket Mode: acknowledged first, then decided; reconnected after every drop.

slack_sdk's own client keeps the connection: it pings, opens a new one when Slack says `disconnect` or the
connection drops, and hands each envelope to a thread. What is not acknowledged is not acted upon either:
Slack then tells the person that it failed.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from config import hosts
from config.settings import Settings
from quant.errors import BallastError, InputError
from tasks.listen import payloads
from tasks.listen.payloads import Asked
from tasks.notifiers._slack_client import BoundedClient

log = logging.getLogger(__name__)
LONGEST_WAIT = 60.0
"""Seconds between two attempts to connect at first."""
REFUSED = {"invalid_auth", "not_authed", "token_revoked", "account_inactive", "not_allowed_token_type",
           "missing_scope"}  # fmt: skip
WANTED = "set BALLAST_SLACK_APP_TOKEN to the app's token, which begins with xapp- (docs/slack.md)."


@dataclass
class Listener:
    """Hears what people do in Slack and hands it to `answer`; `stopped` ends it.

    `ping`: seconds between two looks at the connection.
    """

    settings: Settings
    answer: Callable[[Asked], None]
    stopped: threading.Event = field(default_factory=threading.Event)
    ping: float = 5.0

    def run(self, every: float, do: Callable[[], None]) -> None:
        """Listen until stopped, and `do` something at the start and each `every` seconds.

        Raises:
            InputError: there is no app token, or Slack does not take it.
        """
        client = self.connected()
        try:
            while not self.stopped.is_set():
                self._safely(do)
                self.stopped.wait(every)
        finally:
            client.close()

    def connected(self) -> SocketModeClient:
        """A client that is connected; waits for Slack where it cannot be reached."""
        client = self._client()
        wait = 1.0
        while not self.stopped.is_set():
            try:
                client.connect()
            except SlackApiError as error:
                self._refuse(client, str(error.response.get("error", "")))
            except (SlackClientError, URLError, OSError, HTTPException, ValueError) as error:
                log.warning("Slack cannot be reached (%s): next try in %g s", type(error).__name__, wait)
            else:
                break
            self.stopped.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        return client

    def _refuse(self, client: SocketModeClient, code: str) -> None:
        if code in REFUSED:
            client.close()
            raise InputError(f"Slack refused BALLAST_SLACK_APP_TOKEN ({code}): {WANTED}") from None
        log.warning("Slack does not let us listen (%s): tried again", code[:60])

    def _client(self) -> SocketModeClient:
        token = self.settings.slack_app_token
        if token is None:
            raise InputError(WANTED)
        url = self.settings.slack_url
        client = SocketModeClient(
            app_token=token.get_secret_value().strip(),
            logger=_silent(),
            web_client=BoundedClient(base_url=url, timeout=15, retry_handlers=[]),
            ping_interval=self.ping,
        )
        if hosts.host(url).is_this_machine or urlsplit(url).hostname == "localhost":
            client.proxy = None  # a proxy of the environment is for other machines
        client.socket_mode_request_listeners.append(self._hear)
        return client

    def _hear(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledge within Slack's three seconds, whatever comes of it; then act."""
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        try:
            asked = payloads.read(request.type, request.payload)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            log.warning("Slack told something that was not understood (%s)", type(error).__name__)
            return
        if asked is not None:
            self._safely(lambda: self.answer(asked))

    def _safely(self, do: Callable[[], None]) -> None:
        """One thing that fails ends nothing."""
        try:
            do()
        except BallastError as error:
            log.warning("what a listener was to do failed: %s", error)
        except Exception:
            log.exception("what a listener was to do failed")


def _silent() -> logging.Logger:
    """slack_sdk's words stay out of our log: they may hold the address with its ticket."""
    quiet = logging.getLogger("ballast.slack_socket")
    quiet.propagate = False
    quiet.handlers = [logging.NullHandler()]
    return quiet
