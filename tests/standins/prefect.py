"""A Prefect server as somebody else runs it: on PostgreSQL, with a log-in, on a free port of 127.0.0.1."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.e2e.up import PATIENCE, free_port
from tests.standins.postgres import Database

LOG_IN = "them:a-word-of-their-own"


class PrefectServer:
    """A running server. `stop` and `start` are for tests of a server that is away."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database, self.port = folder, database, free_port()
        self.api = f"http://127.0.0.1:{self.port}/api"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        given = {
            "PREFECT_HOME": str(self.folder),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self.database.url("postgresql+asyncpg"),
            "PREFECT_SERVER_API_AUTH_STRING": LOG_IN,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self.folder / "ui"),
            "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
            "DO_NOT_TRACK": "1",
        }
        command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **given}, cwd=self.folder, stdout=log, stderr=log
            )
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.api}/health", timeout=1).is_success
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def asked(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Its answer to a request that it does not refuse."""
        known = tuple(LOG_IN.split(":"))
        return httpx.request(
            method, f"{self.api}/{path}", json=body, auth=known, timeout=30
        ).raise_for_status()
