"""One watch for each session of an exchange: two would ask the vendor twice for the same minutes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from filelock import FileLock, Timeout

from config.settings import prepare_home
from quant.errors import InputError
from tasks.watch.kept import file


@contextmanager
def alone(home: Path, calendar: str, session: date) -> Iterator[None]:
    """Be the only watch of a session in this HOME; the lock goes with the process.

    Raises:
        InputError: another process watches it.
    """
    prepare_home(home)
    path = file(home, calendar, session).with_suffix(".lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0, fallback_to_soft=False)
    try:
        with lock:
            yield
    except Timeout:
        raise InputError(f"{calendar} is being watched already: stop that watch first.") from None
