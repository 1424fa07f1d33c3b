"""A short answer from a process of its own: the server does not compute, and cannot be taken down by it.

`python -m flows.up.child MODULE ARGUMENTS` is such a process: it calls the module's main().
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from config import privacy
from flows import no_pandas

WAITING = 8
"""So many may wait for their turn; who comes then is told to come again."""
LONGEST = 60
"""Seconds that a child may take."""


@dataclass(frozen=True)
class Said:
    """What a child wrote on its standard output, and its exit code; -1: it was not done in time."""

    code: int
    text: bytes


class BusyError(Exception):
    """Too many wait already."""


class Children:
    """Starts one child at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def ask(self, module: str, arguments: Sequence[str] = (), given: bytes = b"") -> Said:
        """What the module says to `given`, its standard input.

        Raises:
            BusyError: too many others wait.
        """
        if self._waiting >= WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._turn:
                return await _asked(module, arguments, given)
        finally:
            self._waiting -= 1


async def _asked(module: str, arguments: Sequence[str], given: bytes) -> Said:
    command = (sys.executable, "-P", "-m", __name__, module, *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        text, _ = await asyncio.wait_for(process.communicate(given), LONGEST)
    except TimeoutError:
        return Said(-1, b"")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return Said(process.returncode or 0, text)


def main(module: str, arguments: Sequence[str]) -> int:
    """Let a module answer; it ends by itself when its time is over, also when nobody waits any more."""
    signal.alarm(LONGEST)
    privacy.begin()
    no_pandas.refuse()  # before the module imports anything
    return int(import_module(module).main(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
