"""`ballast` as a process: started cold, as a person does, or from a driver that has done the imports."""

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

from tests.conftest import ROOT

PATIENCE = 180.0
INTERVAL = 0.01


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code (negative: the signal), standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON object of `--json`; the command must have succeeded."""
        assert self.code == 0, f"exit code {self.code}\n{self.err}\n{self.out}"
        return json.loads(self.out)


@dataclass
class Running:
    """A started command. Nobody but `poll` learns of its end, so its id stays its own until then."""

    pid: int
    out: Path
    err: Path
    ask: Callable[[], int | None]
    code: int | None = None

    def poll(self) -> int | None:
        """The exit code once it has ended."""
        if self.code is None:
            self.code = self.ask()
        return self.code

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, patience: float = PATIENCE) -> Outcome:
        """Wait for the end. One that takes longer than `patience` seconds is ended, and that is a failure."""
        deadline = time.monotonic() + patience
        while self.poll() is None:
            if time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"still running after {patience:g} s\n{self.err.read_text()}")
            time.sleep(INTERVAL)
        assert self.code is not None
        return Outcome(self.code, self.out.read_text(), self.err.read_text())


def environment(**variables: str) -> dict[str, str]:
    """This process's own plus `variables`, without settings of Ballast and Prefect and without proxies."""
    foreign = ("BALLAST_", "PREFECT_", "SLACK_")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.lower().endswith("_proxy")
    }
    return kept | {"DO_NOT_TRACK": "1"} | variables


def start_cold(arguments: Sequence[str], variables: Mapping[str, str], folder: Path) -> Running:
    """The installed command, in `folder`."""
    out, err = _outputs(folder)
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("ballast"), *arguments],
            cwd=folder,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=to_out,
            stderr=to_err,
        )
    return Running(process.pid, out, err, process.poll)


@cache
def shared_driver() -> "Driver":
    """One for the whole session; it ends with this process."""
    driver = Driver().__enter__()
    atexit.register(driver.__exit__)
    return driver


class Driver:
    """Starts commands that need no time to import (tests/e2e/preloaded.py), also from several threads."""

    def __enter__(self) -> Self:
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.preloaded"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)

    def start(
        self,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        folder: Path,
        output: Path | None = None,
    ) -> Running:
        """The command in a process of its own, in `folder`; what it prints lies there too, or in `output`."""
        out, err = _outputs(output or folder)
        order = {
            "arguments": list(arguments),
            "environment": environment(**variables),
            "folder": str(folder),
            "out": str(out),
            "err": str(err),
        }
        pid = self._ask(start=order)
        return Running(pid, out, err, partial(self._ask, poll=pid))

    def _ask(self, **request: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self.lock:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())


def _outputs(folder: Path) -> tuple[Path, Path]:
    kept = Path(mkdtemp(prefix="output-", dir=folder))
    (kept / "out").touch()
    (kept / "err").touch()
    return kept / "out", kept / "err"
