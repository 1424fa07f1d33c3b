"""What settings of Prefect may be: the address of its database, and this HOME's name on a shared server."""

import re
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

DRIVER = "postgresql+asyncpg"
DATABASE = (
    f"{DRIVER}://user@host:5432/database (Prefect uses asyncpg; the password may stand in "
    "PGPASSWORD, and in the address /, ?, # and @ of it are written with percent signs)"
)

NAME = "desk-a (small letters, digits and hyphens, 23 at most)"


def name(given: str) -> str:
    """The name, which becomes a part of the names of a work pool and of deployments.

    Raises:
        ValueError: it is none, or may be a token that was meant for another setting.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,22}", given) or given.startswith("xox"):
        raise ValueError("no name")
    return given


def database(url: SecretStr) -> SecretStr:
    """The address, which must be of PostgreSQL by asyncpg and name a host and a database.

    Raises:
        ValueError: it is not; nothing of it is shown, for it may hold a password.
    """
    parts = urlsplit(url.get_secret_value())
    host = parts.hostname or parse_qs(parts.query).get("host")
    try:
        known = parts.port is None or parts.port > 0
    except ValueError:
        known = False
    if parts.scheme != DRIVER or not host or not known or not parts.path.strip("/") or parts.fragment:
        raise ValueError("no address of a PostgreSQL database")
    return url
