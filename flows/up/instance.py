"""Where one `ballast up` lives: its folders, its address, its environment, and being the only one there."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from config.environment import child_environment
from flows.up import secret
from flows.up.automations import HEARTBEAT
from flows.up.server import HOST, Server
from quant.errors import InputError

ROOT = Path(__file__).parents[2]

FOREIGN = frozenset({"PREFECT_API_KEY", "PREFECT_PROFILE"})
"""What this user may have set for another Prefect."""


@dataclass(frozen=True)
class Site:
    """Where everything of one `ballast up` is."""

    home: Path
    port: int

    @property
    def prefect(self) -> Path:
        """Prefect's own home: its database, logs and settings."""
        return self.home / "prefect"

    @property
    def server(self) -> Server:
        """The server, by the address of its API, and the secret that it asks for."""
        return Server(f"http://{HOST}:{self.port}/api", secret.read(self.home) or "")

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
            PREFECT_API_URL=self.server.api,
            PREFECT_API_AUTH_STRING=self.server.secret,
            PREFECT_SERVER_API_AUTH_STRING=self.server.secret,
            PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS=self.server.pages,
            # Where the pages come from, also through a tunnel.
            PREFECT_SERVER_UI_API_URL="/api",
            PREFECT_SERVER_UI_STATIC_DIRECTORY=str(self.prefect / "ui"),
            PREFECT_SERVER_ANALYTICS_ENABLED="false",
            PREFECT_SERVER_UI_V2_ENABLED="false",
            PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT="false",
            # Kept on disk, so that a place in the queue is freed also when the server was killed.
            PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE="prefect.server.concurrency.lease_storage.filesystem",
            # A run that waits for another one looks again soon (30 s when unset).
            PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS="5",
            # Signs of life, by whose absence the server knows that a run was killed.
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY=str(HEARTBEAT),
            # What Prefect remembers of events and runs is pruned: the warehouse keeps what was decided.
            PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED="events,flow_runs",
            PREFECT_CLI_PROMPT="false",
        )
        return {name: value for name, value in given.items() if name not in FOREIGN}


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
        _require_free(site.port)
        _write_record(site)
        yield
    finally:
        _record(site.home).unlink(missing_ok=True)
        lock.release()


def recorded(home: Path) -> tuple[int, str] | None:
    """The process id and API address that an `up` of this HOME left; None when there is no record."""
    try:
        record = json.loads(_record(home).read_text(encoding="utf-8"))
        return int(record["pid"]), str(record["api"])
    except (OSError, ValueError, KeyError):
        return None


def _holder(site: Site) -> str:
    holder = recorded(site.home)
    if holder is None:
        return "it is just starting or stopping. Try again in a moment, or choose another --home."
    pid, api = holder
    return (
        f"process {pid} at {Server(api).pages}. Use that one, stop it (kill {pid}), or choose another --home."
    )


def _record(home: Path) -> Path:
    return home / "prefect" / "up.json"


def _write_record(site: Site) -> None:
    part = _record(site.home).with_suffix(".part")
    part.write_text(json.dumps({"pid": os.getpid(), "api": site.server.api}), encoding="utf-8")
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
