"""The processes of `ballast up`: each with its own log and process group, and none left behind."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from quant.errors import BallastError

GRACE = 15.0
TAIL_LINES = 15
INTERVAL = 0.2


@dataclass(frozen=True)
class Child:
    """A command in a process group of its own. A worker's flow runs belong to the worker's group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self.process.pid

    def failure(self, what: str) -> BallastError:
        """An error that says what happened and shows the end of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        tail = "\n".join(f"  {line}" for line in lines) or "  (empty)"
        return BallastError(f"{self.name} {what}. The end of its log, {self.log}:\n{tail}")

    def stop(self) -> None:
        """Ask the whole group to end, give its leader `GRACE` seconds, then end whatever is left of it."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)


class EndedError(BallastError):
    """A child has ended by itself."""

    def __init__(self, child: Child, how: str) -> None:
        super().__init__(str(child.failure(how)))
        self.child = child
        self.how = how


@contextmanager
def running(
    name: str, module: str, *arguments: str, environment: Mapping[str, str], folder: Path, log: Path
) -> Iterator[Child]:
    """Start `python -m MODULE ARGUMENTS` on a leash (flows/up/die_with_parent.py); on leaving, stop all that
    it started.

    It works in `folder`, whatever the current one holds. The log of the start before is kept as `*.log.1`.
    """
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "flows.up.die_with_parent", module, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        child.stop()


def check(children: Iterable[Child]) -> None:
    """Raise EndedError when a child has ended by itself: which one, how, and the end of its log."""
    for child in children:
        code = child.process.poll()
        if code is not None:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            raise EndedError(child, how)


def wait_until(condition: Callable[[], bool], children: Sequence[Child], patience: float = math.inf) -> None:
    """Return when `condition` holds.

    Raises:
        EndedError: a child has ended by itself meanwhile.
        BallastError: the last one let `patience` seconds pass.
    """
    deadline = time.monotonic() + patience
    while True:
        check(children)
        if condition():
            return
        if time.monotonic() > deadline:
            raise children[-1].failure(f"was not ready after {patience:g} s")
        time.sleep(INTERVAL)
