"""HOME is its owner's alone, and so is all that is written: no other user reads holdings or tokens."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = 0o077
OURS = (
    ".env", "KILL*", "backups", "cache", "calendars.toml", "data-docs", "demo", "holdings.*", "outbox",
    "portfolios", "prefect", "previews", "published", "reports", "site", "staging", "vendors", "warehouse.*",
)  # fmt: skip
"""What Ballast and its user keep in HOME. What else a folder that was named as HOME holds is not touched."""


def begin() -> None:
    """Make what this process and its children write from now on readable by their user alone."""
    os.umask(OTHERS)


def close(home: Path) -> None:
    """Shut everybody else out of HOME, and where it stood open, out of what is in it. Links are not followed.

    Left alone is what belongs to somebody else, and a folder that all may write to, such as /tmp.
    """
    if os.geteuid() == 0 and home.stat().st_uid != 0:
        # Root's visits lock HOME's owner out of nothing; others do not get past HOME itself.
        os.umask(0o022)
    if is_open(home) and not home.stat().st_mode & stat.S_ISVTX:
        _tighten(home)
        for path in _ours(home):
            _tighten(path)


def shut(folder: Path) -> None:
    """Shut everybody else out of all that is in a folder."""
    for path in folder.rglob("*"):
        _tighten(path)


def is_open(home: Path) -> bool:
    """Whether anybody but its owner may look into HOME."""
    return bool(home.stat().st_mode & OTHERS)


def _ours(home: Path) -> Iterator[Path]:
    for pattern in OURS:
        for path in home.glob(pattern):
            yield path
            if path.is_dir() and not path.is_symlink():
                yield from path.rglob("*")


def _tighten(path: Path) -> None:
    with suppress(OSError):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
