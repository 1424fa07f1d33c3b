"""The pages below HOME/site, for a browser that knows the secret of this HOME."""

import hmac
import re
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

from fastapi.datastructures import Headers
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.up.child import LONGEST, BusyError, Children, Said
from tasks.report.links import PAGES
from tasks.site.place import folder, undrawn_of

DOCS = "/data-docs"
WHATIF = f"{PAGES}/whatif"
RUN = re.compile(rf"{PAGES}/runs/([A-Za-z0-9_-]{{1,120}})\.html")
ANSWERS = {0: 200, 2: 400, 3: 503}
"""The status of a page by the exit code of who wrote it."""
BUSY = -2
SILENT = {
    -1: (504, f"The answer took longer than {LONGEST} seconds. Try again when no run is at work."),
    BUSY: (503, "Others are asking at this moment. Try again in a few seconds."),
}
BROKEN = 500, "The question could not be answered. What went wrong stands in HOME/prefect/logs/server.log."
LOG_IN = (
    "Log in with what ballast up --show-password prints: the name before the colon, the password after it.\n"
)


class Pages:
    """Answers requests below /site and for Data Docs, and hands all others on to `app`.

    The browser asks its user for the secret, "user:password", as it does for any page of HTTP's own kind.
    """

    def __init__(self, app: ASGIApp, home: Path, secret: str) -> None:
        self.app = app
        self.home = home
        self.expected = f"Basic {b64encode(secret.encode()).decode()}".encode() if secret else b""
        self.files = {PAGES: _files(folder(home)), DOCS: _files(home / DOCS[1:])}
        self.children = Children()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: a page, 401 without the secret, 404 where there is none."""
        path = scope.get("path", "")
        prefix = next((one for one in self.files if path == one or path.startswith(f"{one}/")), None)
        if scope["type"] != "http" or prefix is None:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("authorization", "").encode()
        if not (self.expected and hmac.compare_digest(given, self.expected)):
            asking = {"WWW-Authenticate": 'Basic realm="Ballast", charset="UTF-8"'}
            await PlainTextResponse(LOG_IN, 401, asking)(scope, receive, send)
        elif path == WHATIF and scope["method"] in {"GET", "HEAD"}:
            await (await self._asked(scope, headers))(scope, receive, send)
        else:
            await self._draw(path)
            await self.files[prefix]({**scope, "root_path": prefix}, receive, send)

    async def _asked(self, scope: Scope, headers: Headers) -> Response:
        """What the form is answered with; a page of another origin cannot make this machine compute."""
        own = headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
        try:
            given = scope["query_string"] if own else b""
            said = await self.children.ask("flows.up.served.asked", given=given)
        except BusyError:
            said = Said(BUSY, b"")
        if said.code in ANSWERS:
            kept = {"Cache-Control": "no-store"}
            return HTMLResponse(said.text, ANSWERS[said.code], kept)
        status, sentence = SILENT.get(said.code, BROKEN)
        return PlainTextResponse(f"{sentence}\n", status)

    async def _draw(self, path: str) -> None:
        """Draw the pictures of the page of a run that nobody has looked at yet."""
        run = RUN.fullmatch(path)
        if run and undrawn_of(self.home, run[1]).exists():
            with suppress(BusyError, OSError):  # then it is shown without, and drawn another time
                await self.children.ask("flows.up.served.draw", [run[1]])


def _files(place: Path) -> ASGIApp:
    """Says 404 for what is not there, and opens nothing outside of the folder, also through links."""
    return ExceptionMiddleware(StaticFiles(directory=place, html=True, check_dir=False))
