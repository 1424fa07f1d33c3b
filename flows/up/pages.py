"""The pages below HOME/site, for a browser that knows the secret of this HOME."""

import hmac
import re
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

from fastapi.datastructures import Headers
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.up.child import BusyError, Children
from tasks.site.place import folder, undrawn_of

PREFIX = "/site"
RUN = re.compile(rf"{PREFIX}/runs/([A-Za-z0-9_-]{{1,120}})\.html")
LOG_IN = (
    "Log in with what ballast up --show-password prints: the name before the colon, the password after it.\n"
)


class Pages:
    """Answers requests below /site, and hands all others on to `app`.

    The browser asks its user for the secret, "user:password", as it does for any page of HTTP's own kind.
    """

    def __init__(self, app: ASGIApp, home: Path, secret: str) -> None:
        self.app = app
        self.home = home
        self.expected = f"Basic {b64encode(secret.encode()).decode()}".encode() if secret else b""
        # It says 404 for what is not there, and opens nothing outside of the folder, also through links.
        self.files = ExceptionMiddleware(StaticFiles(directory=folder(home), html=True, check_dir=False))
        self.children = Children()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: a page, 401 without the secret, 404 where there is none."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == PREFIX or path.startswith(f"{PREFIX}/")):
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("authorization", "").encode()
        if not (self.expected and hmac.compare_digest(given, self.expected)):
            asking = {"WWW-Authenticate": 'Basic realm="Ballast", charset="UTF-8"'}
            await PlainTextResponse(LOG_IN, 401, asking)(scope, receive, send)
            return
        await self._draw(path)
        await self.files({**scope, "root_path": PREFIX}, receive, send)

    async def _draw(self, path: str) -> None:
        """Draw the pictures of the page of a run that nobody has looked at yet."""
        run = RUN.fullmatch(path)
        if run and undrawn_of(self.home, run[1]).exists():
            with suppress(BusyError, OSError):  # then it is shown without, and drawn another time
                await self.children.ask("flows.up.draw", [run[1]])
