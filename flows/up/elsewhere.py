"""A Prefect server that somebody else runs: whether it can be used, and what this HOME is called there."""

import json
import re
import secrets
import socket
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from packaging.version import InvalidVersion, Version

from config.settings import Settings
from flows.up.server import Server
from quant.errors import InputError

PATIENCE = 10.0
"""Seconds in which a server at a distance answers."""


def server(settings: Settings, name: str) -> Server:
    """The server that the settings name; `name` is this HOME's there.

    Raises:
        InputError: its address holds a log-in, which belongs into the environment.
    """
    address = settings.prefect_server.rstrip("/")
    parts = urlsplit(address)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            "--server (BALLAST_PREFECT_SERVER) is an address such as http://prefect.example.org:4200/api: a "
            "log-in belongs into PREFECT_API_AUTH_STRING or PREFECT_API_KEY, which no other user can see."
        )
    secret, key = settings.prefect_auth, settings.prefect_key
    return Server(
        f"{address}/api" if parts.path in {"", "/"} else address,
        secret.get_secret_value() if secret else "",
        key.get_secret_value() if key else "",
        name,
    )


def name(home: Path, chosen: str) -> str:
    """What this HOME is called: as `chosen`, else by this machine's name and a number, once for all."""
    if chosen:
        return chosen
    file = _file(home)
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:24]
        made = f"{host or 'home'}-{secrets.token_hex(2)}"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(f"{made}\n", encoding="ascii")
        return made


def known_name(home: Path, chosen: str) -> str:
    """The same, for who only looks; empty where none was made yet."""
    return chosen or (name(home, "") if _file(home).exists() else "")


def worker(home: Path) -> str:
    """The name of this HOME's worker: no other machine has it, and no copy of HOME on this one."""
    place = sha256(str(home).encode()).hexdigest()[:8]
    return f"{socket.gethostname()} {place}"


def version() -> str:
    """The version of Prefect that is installed here."""
    from importlib.metadata import version as of  # noqa: PLC0415 - the name is ours

    return of("prefect")


def examine(found: Server) -> str:
    """The server's version, which goes with ours: the same major one, and no older minor one.

    Raises:
        InputError: it cannot be used; one sentence says why.
    """
    try:
        answer = found.sent("GET", "admin/version", None, PATIENCE)
    except httpx.HTTPError as error:
        raise InputError(
            f"{found.api} does not answer ({_why(error)}): is a Prefect server running there?"
        ) from None
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        given = "does not take the log-in that is set" if found.secret or found.key else "asks for a log-in"
        raise InputError(
            f"{found.api} {given}: set PREFECT_API_AUTH_STRING (user:password) or PREFECT_API_KEY right."
        )
    if answer.is_server_error:
        raise InputError(f"{found.api} cannot work now (it answers {answer.status_code}): look at its log.")
    said = _version(answer)
    if said is None:
        raise InputError(
            f"{found.api} is no Prefect API, whose address ends in /api: give that with --server."
        )
    own = Version(version())
    if said.major != own.major or said.release[:2] < own.release[:2]:
        raise InputError(
            f"{found.api} runs Prefect {said}, and this is {own}: it must be {own.major}.{own.minor} or "
            f"newer, and older than {own.major + 1}."
        )
    return str(said)


def _version(answer: httpx.Response) -> Version | None:
    try:
        said = json.loads(answer.text) if answer.is_success else None
        return Version(said) if isinstance(said, str) else None
    except (ValueError, InvalidVersion):
        return None


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"not within {PATIENCE:.0f} seconds"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _file(home: Path) -> Path:
    return home / "prefect" / "name"
