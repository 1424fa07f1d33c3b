"""What the watch keeps in HOME/watch after every minute, so that after a kill it goes on from there.

One file for each exchange and session, written whole or not at all; older ones are removed.
"""

import io
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from quant.intraday.saved import Arrays
from warehouse.database.files import write_atomically

FOLDER = "watch"
SYMBOLS = "symbols"
PARTED = "|"
"""Between the name of a part and that of its array."""


def file(home: Path, calendar: str, session: date) -> Path:
    """Where the state of a watch is kept."""
    return home / FOLDER / f"{named(calendar)}-{session}.npz"


def named(calendar: str) -> str:
    """A calendar in the name of a file: one of them is called 24/7."""
    return calendar.replace("/", "-")


def keep(path: Path, symbols: tuple[str, ...], saved: Mapping[str, Arrays]) -> None:
    """Write what `Watch.save` gave; `symbols` are its columns.

    Raises:
        OSError: it cannot be written.
    """
    flat = {
        f"{part}{PARTED}{name}": array for part, arrays in saved.items() for name, array in arrays.items()
    }
    content = io.BytesIO()
    np.savez(content, **{SYMBOLS: np.array(symbols, str)}, **flat)  # type: ignore[arg-type]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, content.getvalue())


def kept(path: Path, symbols: tuple[str, ...]) -> dict[str, Arrays] | None:
    """What was kept of these symbols; None where nothing was, it cannot be read, or it was of others."""
    try:
        with np.load(path, allow_pickle=False) as found:
            if tuple(found[SYMBOLS].tolist()) != symbols:
                return None
            saved: dict[str, Arrays] = {}
            for key in found.files:
                part, _, name = key.partition(PARTED)
                if name:
                    saved.setdefault(part, {})[name] = found[key]
            return saved
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def sweep(home: Path, calendar: str, session: date) -> None:
    """Remove what was kept of an exchange's sessions before yesterday, with their locks.

    Where it trades day and night the watch of yesterday ends while that of today has begun.
    """
    oldest = file(home, calendar, session - timedelta(days=1))
    for old in (home / FOLDER).glob(f"{named(calendar)}-????-??-??.*"):
        if old.stem < oldest.stem:
            old.unlink(missing_ok=True)
