"""How a Prefect server is asked over its REST API."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import tenacity

from config import hosts
from quant.documents import Json
from quant.errors import BallastError

BUSY = 503
"""What Prefect answers when its database was busy; the same request works a moment later."""
PATIENCE = 20.0
"""Seconds for which a busy server is asked again."""


class AwayError(BallastError):
    """The server does not answer, or cannot do its work now."""


@dataclass(frozen=True)
class Api:
    """A Prefect server, at the address of its API.

    `secret` is `user:password`, `key` an API key; empty for a server that asks for none. This machine is
    never asked through a proxy.
    """

    api: str
    secret: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    @property
    def pages(self) -> str:
        """Where its pages are."""
        return self.api.removesuffix("/api")

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which Prefect's own client finds and enters it; a log-in that is empty is none."""
        log_in = {"PREFECT_API_AUTH_STRING": self.secret, "PREFECT_API_KEY": self.key}
        return {"PREFECT_API_URL": self.api, **{name: value for name, value in log_in.items() if value}}

    def healthy(self, patience: float = 1.0) -> bool:
        """Whether it answers within `patience` seconds, and takes the log-in."""
        try:
            return self.sent("GET", "admin/version", None, patience).is_success
        except httpx.HTTPError:
            return False

    def sent(self, method: str, path: str, body: Json | None, patience: float) -> httpx.Response:
        """Its answer, whatever that is.

        Raises:
            httpx.HTTPError: none came within `patience` seconds.
        """
        user, _, password = self.secret.partition(":")
        here = hosts.host(self.api).is_this_machine
        return httpx.request(
            method,
            f"{self.api}/{path}",
            json=body,
            auth=(user, password) if self.secret else None,
            headers={"Authorization": f"Bearer {self.key}"} if self.key and not self.secret else None,
            timeout=patience,
            trust_env=not here,
        )

    def _post(self, path: str, body: Json) -> Any:
        return self._request("POST", path, body).json()

    def _request(self, method: str, path: str, body: Json | None) -> httpx.Response:
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_busy),
            stop=tenacity.stop_after_delay(PATIENCE),
            wait=tenacity.wait_exponential(multiplier=0.1, max=2.0),
            reraise=True,
        )
        try:
            return tries(self._asked, method, path, body)
        except httpx.HTTPError as error:
            said = (str(error) or type(error).__name__).splitlines()[0]  # without its advice where to read
            kind = AwayError if _is_away(error) else BallastError
            raise kind(f"Prefect's server did not do what it was asked: {said}") from error

    def _asked(self, method: str, path: str, body: Json | None) -> httpx.Response:
        return self.sent(method, path, body, 30).raise_for_status()


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code == BUSY


def _is_away(error: httpx.HTTPError) -> bool:
    """No answer, or one that says that the server itself is in trouble, as while its database is away."""
    return not isinstance(error, httpx.HTTPStatusError) or error.response.is_server_error
