"""Where the pages of a HOME lie, and being the only one who writes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from quant.errors import WarehouseError
from tasks.context.context import Context
from tasks.report.model import Report


def folder(home: Path) -> Path:
    """Where the pages lie."""
    return home / "site"


def page_of(home: Path, run_id: str) -> Path:
    """The page of a run."""
    return folder(home) / "runs" / f"{run_id}.html"


def undrawn_of(home: Path, run_id: str) -> Path:
    """The charts of a run's page that nobody has drawn yet; there is no such file once they are in it."""
    return folder(home) / ".undrawn" / f"{run_id}.json"


def docs_of(home: Path, report: Report) -> str | None:
    """The address of a run's Data Docs below HOME; None where they do not lie there."""
    if not report.docs or not Path(report.docs).is_relative_to(home):
        return None
    return quote(Path(report.docs).relative_to(home).as_posix())


@contextmanager
def alone(context: Context) -> Iterator[None]:
    """Be the only one who writes pages.

    Raises:
        WarehouseError: somebody else writes them for too long.
        OSError: the folder cannot be written.
    """
    place = folder(context.home)
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / ".lock", timeout=context.settings.lock_timeout, fallback_to_soft=False)
    try:
        with lock.acquire(poll_interval=0.02):
            yield
    except Timeout:
        raise WarehouseError(
            f"{place}: another process writes the pages; waited {context.settings.lock_timeout:g} s."
        ) from None
