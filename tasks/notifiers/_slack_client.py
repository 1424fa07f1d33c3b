"""slack_sdk's client, which follows no redirect and reads no answer without end.

urllib repeats the headers, the token among them, to wherever a redirect leads, and reads all that comes.
"""

import io
import time
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from slack_sdk import WebClient

from tasks.context.bounds import LARGEST

CHUNK = 2**16
PATIENCE = 3
"""Times the client's own limit, which is one of silence, that a whole answer may take."""


class EndlessAnswerError(HTTPException):
    """The answer is larger, or takes longer, than any that is wanted."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """None: the redirect itself is the answer."""


class BoundedClient(WebClient):
    """Slack's client over one connection to the address that was configured."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """Status, headers and body of one answer; HTTPError, with a body that was read, for an error."""
        del url  # `req` has it; the address is https:// or http:// (slack.py refuses any other)
        opener = build_opener(_NoRedirect, HTTPSHandler(context=self.ssl))
        try:
            with opener.open(req, timeout=self.timeout) as answer:
                text = self._read(answer).decode(answer.headers.get_content_charset() or "utf-8")
                return {"status": answer.status, "headers": answer.headers, "body": text}
        except HTTPError as error:
            body = io.BytesIO(self._read(error))
            raise HTTPError(error.url, error.code, error.reason, error.headers, body) from None

    def _read(self, answer: HTTPResponse | HTTPError) -> bytes:
        body, until = bytearray(), time.monotonic() + PATIENCE * self.timeout
        while piece := answer.read1(CHUNK):
            body += piece
            if len(body) > LARGEST:
                raise EndlessAnswerError(f"more than {LARGEST // 2**20} MB came")
            if time.monotonic() > until:
                raise EndlessAnswerError(f"only {len(body)} bytes came in time")
        return bytes(body)
