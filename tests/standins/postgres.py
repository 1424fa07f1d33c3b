"""A real PostgreSQL of this machine, on a free port of 127.0.0.1, with a password: one for a whole session.

`tests/conftest.py` has it as the fixture `postgres`, and an empty database of its own for each test as
`postgres_database`. It needs `initdb` and `postgres` (Debian: the package postgresql); a test that cannot
have them is skipped and says so.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

USER = "ballast"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
"""What is lost only when the machine itself fails; tests stop processes."""


class NoPostgresError(Exception):
    """This machine has no PostgreSQL that could be started."""


def binaries() -> Path:
    """The folder of `initdb` and `postgres`: the newest that Debian has, or where the path finds them.

    Raises:
        NoPostgresError: there is none.
    """
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: float(one.parts[-3]), reverse=True
    )
    found = debian[0] if debian else shutil.which("initdb")
    if found is None:
        raise NoPostgresError("no initdb here: install PostgreSQL (Debian: apt-get install postgresql)")
    return Path(found).resolve().parent


@dataclass
class Database:
    """An empty database, and whom to ask for it; the password goes by the environment as PGPASSWORD."""

    host: str
    port: int
    name: str
    user: str
    password: str

    @property
    def libpq(self) -> str:
        """As a libpq connection string, without the password."""
        return f"host={self.host} port={self.port} dbname={self.name} user={self.user}"

    def url(self, scheme: str = "postgresql") -> str:
        """As an address with the password, of a scheme such as postgresql+asyncpg."""
        return f"{scheme}://{self.user}:{quote(self.password)}@{self.host}:{self.port}/{self.name}"


class Postgres:
    """A running server. `stop` and `start` are for tests of a server that is away."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self.bin, self.folder, self.host = binaries(), folder, host
        self.password = f"secret-{secrets.token_hex(8)}"
        self.port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self._as: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        )
        self._create()

    def start(self, host: str | None = None) -> None:
        """Start it and wait until it answers; `host` is where it listens besides 127.0.0.1."""
        places = self.host if host is None else f"{self.host},{host}"
        settings = [f"listen_addresses={places}", f"unix_socket_directories={self.folder}", *QUICK]
        given = [word for one in (*settings, "max_connections=200") for word in ("-c", one)]
        command: list[str | Path] = [
            self.bin / "postgres",
            "-D",
            self.folder / "data",
            "-p",
            str(self.port),
            *given,
        ]
        log = (self.folder / "log").open("ab")
        server: subprocess.Popen[bytes] = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=self.folder, **self._as
        )
        self._server = server
        log.close()
        for _ in range(600):
            ready: list[str | Path] = [self.bin / "pg_isready", "-q", "-h", self.host, "-p", str(self.port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            assert server.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop it at once: connections are cut, what was committed stays."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(60)
            self._server = None

    def sql(self, statement: str, database: str = "postgres", user: str = USER) -> list[str]:
        """The rows of a statement as psql prints them, columns with | between."""
        command: list[str | Path] = [
            self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
            "-h", self.host, "-p", str(self.port), "-U", user, "-d", database, "-c", statement,
        ]  # fmt: skip
        environment = {**os.environ, "PGPASSWORD": self.password}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return str(done.stdout).splitlines()

    def database(self, name: str | None = None, template: str = "template0") -> Database:
        """A new database; `template` is one whose content it begins with, which nobody may be using."""
        name = name or f"test_{secrets.token_hex(6)}"
        self.sql(f'create database "{name}" template "{template}"')
        return Database(self.host, self.port, name, USER, self.password)

    def drop(self, database: str) -> None:
        """Remove a database by its name, whoever still uses it."""
        self.sql(f'drop database if exists "{database}" with (force)')

    def _create(self) -> None:
        if self._as:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        word = self.folder / "password"
        word.write_text(self.password)
        word.chmod(0o644)  # inside a folder of the server's alone
        command: list[str | Path] = [
            self.bin / "initdb", "-D", self.folder / "data", "-U", USER, "--pwfile", word,
            "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync",
        ]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, check=False, **self._as
        )
        assert done.returncode == 0, done.stderr
        word.unlink()
        with (self.folder / "data" / "pg_hba.conf").open(
            "a"
        ) as rules:  # for where else `start` lets it listen
            rules.write("host all all samenet scram-sha-256\n")


@contextmanager
def running() -> Iterator[Postgres]:
    """A server for a with block; nothing is left of it.

    Raises:
        NoPostgresError: this machine cannot have one.
    """
    if os.getuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            raise NoPostgresError("PostgreSQL does not run as root, and there is no user postgres") from None
    folder = Path(tempfile.mkdtemp(prefix="ballast-postgres-"))
    server = None
    try:
        server = Postgres(folder)
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])
