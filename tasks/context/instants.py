"""Instants as people, archives and reports write them."""

from datetime import UTC, datetime
from pathlib import Path


def read_instant(text: str) -> datetime | None:
    """The instant, UTC, of an ISO 8601 text with Z or an offset, or of the compact 20250903T200825Z.

    None for everything else: without an offset a time is no instant.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def instant(moment: datetime) -> str:
    """An instant (UTC) as reports and answers write it: to the microsecond where it has them."""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def instant_of(path: Path) -> datetime | None:
    """The instant that a delivery's folder or file is named for; None when it is not named so."""
    return read_instant(path.name if path.is_dir() else path.stem)


def deliveries(folder: Path) -> list[Path]:
    """The folders inside an archive that are named for their instants, oldest first."""
    named = [(instant_of(path), path) for path in folder.iterdir() if path.is_dir()]
    return [path for _, path in sorted((moment, path) for moment, path in named if moment is not None)]
