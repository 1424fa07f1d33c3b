"""Prefect's server behind a guard: `python -m flows.up.served.guard PORT`.

The secret keeps out who does not know it (Prefect checks it). The guard keeps out pages in the browser of
somebody who does: under a name that an attacker's DNS leads to this machine (rebinding), or of another
origin. And our own pages load and send nothing elsewhere, whatever the report that they show contains.
"""

import sys

import uvicorn  # comes with Prefect
from fastapi.datastructures import Headers
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config import settings
from flows.up import secret
from flows.up.served.pages import Pages
from flows.up.server import HOST

NAMES = (HOST, "localhost")
# The pages compile templates of their own, so that eval is theirs too.
OWN_ONLY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


class Guard:
    """An application that answers only what is asked of this machine by its name, from its own pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it with 403."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        why = refusal(headers.get("host", ""), headers.get("origin"))
        if why is not None:
            await PlainTextResponse(f"{why}\n", 403)(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"content-security-policy", OWN_ONLY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        await self.app(scope, receive, sealed)


def refusal(host: str, origin: str | None) -> str | None:
    """Why a request with these headers is refused; None when it is ours. A tunnel may have another port."""
    if host.rpartition(":")[0] not in NAMES and host not in NAMES:
        return f"This server is asked for as {HOST}, not by another name."
    if origin is not None and origin != f"http://{host}":
        return "This server answers its own pages only."
    return None


def main(port: int) -> None:
    """Serve Prefect's API and pages, and our own below /site, on this machine until the process is ended."""
    from prefect.server.api.server import create_app  # noqa: PLC0415 - only this process needs it

    home = settings.load().home
    app = Pages(create_app(final=True), home, secret.read(home) or "")
    uvicorn.run(Guard(app), host=HOST, port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
