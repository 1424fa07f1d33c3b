"""Where a DuckLake lies: whom to ask for its catalog, and where its files are."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from warehouse.database.connect import quoted

SCHEME = "ducklake:postgres:"
PATIENT = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""How long a silent server is waited for (libpq), unless the setting says so itself."""
SERVER = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=25000"
)
"""How long the server waits for a silent machine: what that one holds is free after 25 s."""
INLINED = 200
"""Rows of one statement that are kept in PostgreSQL, until the upkeep writes them to a file."""
_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S*)")


@dataclass(frozen=True)
class Place:
    """The libpq connection string of the catalog, and the folder or `s3://` address of the Parquet files."""

    libpq: str
    data: str

    @cached_property
    def given(self) -> dict[str, str]:
        """What the connection string says, by keyword."""
        return {key: _plain(value) for key, value in _PAIR.findall(self.libpq)}

    @property
    def user(self) -> str:
        """Whom PostgreSQL knows us as, for a sentence."""
        return self.given.get("user", "this user")

    def __str__(self) -> str:
        """Both in a sentence; without a secret, since neither may hold one."""
        host = self.given.get("host", "localhost")
        at = f"{host}:{self.given.get('port', '5432')}"
        return (
            f"the DuckLake {self.given.get('dbname', self.user)} on PostgreSQL at {at}, data in {self.data}"
        )

    @property
    def server(self) -> str:
        """The database alone, for a sentence."""
        host = self.given.get("host", "localhost")
        return f"PostgreSQL at {host}:{self.given.get('port', '5432')}"

    def is_remote(self) -> bool:
        """Whether the files lie in object storage."""
        return self.data.startswith("s3://")

    def files(self) -> Path | None:
        """The folder of the files; None in object storage."""
        return None if self.is_remote() else Path(self.data)

    def connection(self, command: str, lock_timeout: float) -> str:
        """The connection string that is used: `command` is who others are told of."""
        options = f"{self.given.get('options', '')} {SERVER} -c lock_timeout={round(lock_timeout * 1000)}"
        own = {"application_name": command, "options": options.strip()}
        return " ".join(f"{key}={_escaped(value)}" for key, value in {**PATIENT, **self.given, **own}.items())

    def attach(self, command: str, lock_timeout: float) -> str:
        """The statement that attaches the lake as `warehouse`."""
        catalog = quoted(f"{SCHEME}{self.connection(command, lock_timeout)}")
        files = quoted(f"{self.data}/")
        return f"attach {catalog} as warehouse (data_path {files}, data_inlining_row_limit {INLINED})"


def _plain(value: str) -> str:
    """What a value of a connection string says."""
    return re.sub(r"\\(.)", r"\1", value[1:-1] if value.startswith("'") else value)


def _escaped(value: str) -> str:
    """A value as libpq reads it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
