"""One watch for each exchange: two would ask the vendor twice for the same minutes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from config.settings import prepare_home
from quant.errors import InputError
from tasks.watch.kept import FOLDER


@contextmanager
def alone(home: Path, calendar: str) -> Iterator[None]:
    """Be the only watch of an exchange of this HOME; the lock goes with the process.

    Raises:
        InputError: another process watches it.
    """
    prepare_home(home)
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(folder / f"{calendar}.lock", timeout=0, fallback_to_soft=False)
    try:
        with lock:
            yield
    except Timeout:
        raise InputError(f"{calendar} is being watched already: stop that watch first.") from None
