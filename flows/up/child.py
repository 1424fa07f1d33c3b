"""A short answer from a process of its own: the server does not compute, and cannot be taken down by it."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

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
    """Runs `python -m MODULE`, one child at a time."""

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
    command = (sys.executable, "-P", "-m", module, *arguments)
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


def limit() -> None:
    """Called in a child: it ends by itself when its time is over, also when nobody waits for it any more."""
    signal.alarm(LONGEST)
