"""A file that a process keeps open between visits, and gives up as soon as anybody else asks for it.

Opening replays the log, so it takes the longer the more was committed since the last fold. In a day of many
portfolios that took more time than all their queries. Who waits for the lock leaves a mark, and who keeps the
file looks for it all the time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, RLock, Thread

import duckdb

POLL = 0.005
"""Seconds between two looks, at the lock of who waits and at the mark of who keeps."""

IDLE = 0.5
"""Seconds without a visit after which the file is given up though nobody asks: to open it again costs far
less, and other programs than ours do not ask."""

Open = Callable[[ExitStack], duckdb.DuckDBPyConnection]
"""Takes the lock and opens the file; the stack closes both."""


def asked(home: Path) -> Path:
    """The mark of those who wait for the warehouse of a HOME."""
    return home / "warehouse.asked"


def ask(home: Path) -> None:
    """Leave the mark: whoever keeps the file gives it up."""
    with suppress(OSError):
        asked(home).touch(mode=0o600)


class Kept:
    """The file of one HOME as this process keeps it, while one of its threads wants it to."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._turn = RLock()  # of the threads: one visit at a time
        self._held: ExitStack | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._given_up = self._left = 0.0
        self._done = Event()
        self.wanted = 0

    @contextmanager
    def visit(self, open_: Open) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection, opened where it is not; after an error it is opened anew next time."""
        with self._turn:
            if self._connection is None:
                # Who asked looks at the lock twice meanwhile, and so comes first.
                time.sleep(max(0.0, self._given_up + 2 * POLL - time.monotonic()))
                with ExitStack() as opening:
                    self._connection = open_(opening)
                    self._held = opening.pop_all()
            try:
                yield self._connection
            except BaseException:
                self.give_up()
                raise
            finally:
                self._left = time.monotonic()

    def give_up(self) -> None:
        """Close the file and free the lock, between two visits."""
        with self._turn:
            held, self._held, self._connection = self._held, None, None
            if held is not None:
                try:
                    held.close()
                finally:
                    self._given_up = time.monotonic()

    def watch(self) -> None:
        """Give it up whenever somebody has asked, or nobody came for a while, until nobody wants it kept.

        The mark goes too: who left it may have died since, and who still waits leaves another.
        """
        while not self._done.wait(POLL):
            if self._held is not None and self._is_due() and self._turn.acquire(blocking=False):
                try:
                    asked(self._home).unlink(missing_ok=True)
                    self.give_up()
                finally:
                    self._turn.release()

    def _is_due(self) -> bool:
        return asked(self._home).exists() or time.monotonic() - self._left > IDLE

    def end(self) -> None:
        """Give it up for good."""
        self._done.set()
        self.give_up()


_kept: dict[Path, Kept] = {}
_changing = Lock()


def kept(home: Path) -> Kept | None:
    """The file of a HOME as this process keeps it; None where no thread wants that."""
    return _kept.get(home)


@contextmanager
def keeping(home: Path) -> Iterator[None]:
    """Keep the file of a HOME open between the visits of this process's threads while the block works."""
    with _changing:
        one = _kept.get(home)
        if one is None:
            one = _kept[home] = Kept(home)
            Thread(target=one.watch, name="warehouse", daemon=True).start()
        one.wanted += 1
    try:
        yield
    finally:
        with _changing:
            one.wanted -= 1
            if not one.wanted:
                del _kept[home]
                one.end()
