"""Backups of a lake: DuckDB files under HOME/backups, proven and brought back like those of a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from quant.errors import BallastError
from warehouse.backend import Restored, Taken
from warehouse.database.files import digest, discard
from warehouse.duckdb_file.backup import USELESS, alone, folder, keep
from warehouse.duckdb_file.restore import fetch
from warehouse.ducklake import copies

if TYPE_CHECKING:
    from warehouse.ducklake.backend import DuckLake


def take(lake: DuckLake, now: datetime, daily: int, weekly: int) -> Taken:
    """Copy a lake into a file, prove that, and keep the newest of `daily` days and of `weekly` weeks.

    Raises:
        WarehouseError: it cannot be read or copied, or breaks an invariant; the older backups stay.
    """

    def write(target: Path) -> str:
        copies.save(lake, target, USELESS)
        return digest(target)

    return keep(lake, write, now, daily, weekly)


def restore(lake: DuckLake, now: datetime, name: str | None = None) -> Restored:
    """Put a backup's rows in the place of a lake's: the one that `name` means, else the newest good one.

    What the lake holds is written into a file first. One that cannot be read has its own files still.

    Raises:
        InputError: there is no such backup, or `name` means several.
        WarehouseError: PostgreSQL cannot be reached, or no backup is good; nothing has changed.
    """
    with alone(lake):
        temporary = folder(lake.home) / ".warehouse.duckdb.restored"
        try:
            found, tables, passed_over = fetch(lake.home, name, temporary, now)
            aside = _aside(lake, now)
            copies.fill(lake, temporary, tables)
        finally:
            discard(temporary)
    return Restored(found.file, found.taken_at, tables, aside, passed_over)


def _aside(lake: DuckLake, now: datetime) -> list[Path]:
    """The file that keeps what a lake held; none where that cannot be read."""
    file = folder(lake.home) / f"damaged-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.duckdb"
    try:
        if not lake.exists():
            return []
        copies.save(lake, file, USELESS)
    except BallastError:
        discard(file)
        return []
    return [file]
