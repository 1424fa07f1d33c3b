"""An end to connections that go on and on: a client's own timeout is one of silence, not of an answer.

A server that says one byte now and then would keep the sender, and all messages behind this one, for ever.
"""

import socket
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import Self

PATIENCE = 3
"""Times the client's own limit that a whole conversation may take."""


class Deadline:
    """Cuts each connection that it watches once a channel's `timeout` (seconds) has passed three times.

    The client then finds it closed. A copy of the connection is cut, so it does not matter whether the client
    has wrapped its own in TLS meanwhile.
    """

    def __init__(self, timeout: float) -> None:
        self._seconds = PATIENCE * timeout
        self._watched: list[tuple[Timer, socket.socket]] = []

    def watch(self, connection: socket.socket) -> None:
        """From now on this connection lasts no longer."""
        copy = connection.dup()
        timer = Timer(self._seconds, _cut, (copy,))
        timer.daemon = True
        timer.start()
        self._watched.append((timer, copy))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for timer, copy in self._watched:
            timer.cancel()
            timer.join()
            copy.close()


def _cut(copy: socket.socket) -> None:
    with suppress(OSError):  # closed by the other side already
        copy.shutdown(socket.SHUT_RDWR)
