"""Where one `ballast up` lives: its folders, its address, its environment, and being the only one there."""

import json
import os
import re
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout
from pydantic import SecretStr

from config.environment import child_environment
from flows.up import elsewhere, secret, sole
from flows.up.automations import HEARTBEAT
from flows.up.server import HOST, Server
from quant.errors import InputError

ROOT = Path(__file__).parents[2]

FOREIGN = re.compile(
    r"PREFECT_(PROFILE|API_KEY|API_AUTH_STRING|SERVER_API_AUTH_STRING)|PREFECT_(API|SERVER)_DATABASE_\w+"
    r"|BALLAST_PREFECT_(DATABASE|AUTH|KEY)"
)
"""What this user may have set for another Prefect, and what only the process that needs it is given."""
USUAL = Path(tempfile.gettempdir()) / "runner_storage"
"""Where Prefect's worker keeps what it needs for a moment."""
DATABASE = "PREFECT_SERVER_DATABASE_CONNECTION_URL"


@dataclass(frozen=True)
class Site:
    """Where everything of one `ballast up` is."""

    home: Path
    port: int
    elsewhere: Server | None = None
    """The server of somebody else that is worked for; None: one of our own is started on `port`."""
    database: SecretStr | None = None
    """The database of our own server; None: a file in HOME."""

    @property
    def is_shared(self) -> bool:
        """Whether another HOME could work for the same server or database."""
        return self.elsewhere is not None or self.database is not None

    @property
    def prefect(self) -> Path:
        """Prefect's own home: its database, logs and settings."""
        return self.home / "prefect"

    @property
    def server(self) -> Server:
        """The server, by the address of its API, and the log-in that it asks for."""
        return self.elsewhere or Server(f"http://{HOST}:{self.port}/api", secret.read(self.home) or "")

    @property
    def worker(self) -> str:
        """The name of the worker."""
        return elsewhere.worker(self.home)

    def log(self, name: str) -> Path:
        """The log file of one child."""
        return self.prefect / "logs" / f"{name}.log"

    def environment(self) -> dict[str, str]:
        """What Prefect's processes and the flow runs are given: everything local, nothing told to anybody."""
        given = child_environment(
            BALLAST_HOME=str(self.home),
            DO_NOT_TRACK="1",
            # Ballast is importable from wherever `up` was started, and nothing there shadows it.
            PYTHONPATH=str(ROOT),
            PYTHONSAFEPATH="1",
            PREFECT_HOME=str(self.prefect),
            PREFECT_PROFILES_PATH=str(self.prefect / "profiles.toml"),
            # Signs of life, by whose absence the server knows that a run or a worker was killed.
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY=str(HEARTBEAT),
            PREFECT_WORKER_HEARTBEAT_SECONDS=str(sole.HEARTBEAT),
            PREFECT_CLI_PROMPT="false",
        )
        known = {name: value for name, value in given.items() if not FOREIGN.fullmatch(name)}
        return known | self._temporary() | self.server.environment

    def _temporary(self) -> dict[str, str]:
        """A folder of our own where the worker's usual one, the same for all users, is another user's."""
        if os.access(USUAL, os.W_OK) or not USUAL.exists():
            return {}
        own = self.prefect / "tmp"
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        return {"TMPDIR": str(own)}

    def server_environment(self) -> dict[str, str]:
        """What our own server is given besides, and no process but it."""
        own = {
            "PREFECT_SERVER_API_AUTH_STRING": self.server.secret,
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": self.server.pages,
            # Where the pages come from, also through a tunnel.
            "PREFECT_SERVER_UI_API_URL": "/api",
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self.prefect / "ui"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_V2_ENABLED": "false",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            # Kept on disk, so that a place in the queue is freed also when the server was killed.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            # A run that waits for another one looks again soon (30 s when unset).
            "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "5",
            # What Prefect remembers of events and runs is pruned: the warehouse keeps what was decided.
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        }
        if self.database is not None:
            own[DATABASE] = self.database.get_secret_value()
        return self.environment() | own


@contextmanager
def alone(site: Site) -> Iterator[None]:
    """Be the only `up` of this HOME and of its port, and leave a record of it.

    Raises:
        InputError: another one is running (it is named), or the port is taken.
    """
    site.log("server").parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(site.prefect / "up.lock", timeout=0, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(f"ballast up is already running for {site.home}: {_holder(site)}") from None
    try:
        if site.elsewhere is None:
            _require_free(site.port)
        _write_record(site)
        yield
    finally:
        _record(site.home).unlink(missing_ok=True)
        lock.release()


class Record(NamedTuple):
    """What an `up` leaves of itself: process id, API address, and its name on a server of somebody else."""

    pid: int
    api: str
    name: str = ""


def recorded(home: Path) -> Record | None:
    """What an `up` of this HOME left; None when there is no record."""
    try:
        record = json.loads(_record(home).read_text(encoding="utf-8"))
        return Record(int(record["pid"]), str(record["api"]), str(record.get("name", "")))
    except (OSError, ValueError, KeyError):
        return None


def _holder(site: Site) -> str:
    holder = recorded(site.home)
    if holder is None:
        return "it is just starting or stopping. Try again in a moment, or choose another --home."
    pid, pages = holder.pid, Server(holder.api).pages
    return f"process {pid} at {pages}. Use that one, stop it (kill {pid}), or choose another --home."


def _record(home: Path) -> Path:
    return home / "prefect" / "up.json"


def _write_record(site: Site) -> None:
    part = _record(site.home).with_suffix(".part")
    record = Record(os.getpid(), site.server.api, site.server.name)
    part.write_text(json.dumps(record._asdict()), encoding="utf-8")
    part.replace(_record(site.home))


def _require_free(port: int) -> None:
    """Refuse a port on which something listens already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise InputError(
                f"port {port} on {HOST} cannot be used ({os.strerror(error.errno or 0)}): "
                "stop what listens there, or choose another one with --port."
            ) from None
