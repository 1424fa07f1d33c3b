"""The backend that keeps a warehouse in one DuckDB file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from warehouse.backend import must_exist
from warehouse.database.database import Result, Work
from warehouse.duckdb_file.file import File

if TYPE_CHECKING:
    from warehouse.backend import Restored, Taken
    from warehouse.record.anchors import Anchor


class DuckDBFile(File):
    """A `warehouse.backend.Warehouse`. What few commands need is imported when they do."""

    def read_copy(self, work: Work[Result]) -> Result | None:
        """What `work` returns of HOME/published/warehouse.duckdb; None where it cannot be read."""
        from warehouse.duckdb_file import publish  # noqa: PLC0415

        return publish.read(self.home, work)

    def clock(self, own: Callable[[], datetime]) -> Callable[[], datetime]:
        """This machine's own: nobody else reaches the file."""
        return own

    def tidy(self, now: datetime) -> None:
        """Nothing: publishing folds the log."""

    def publish(self) -> None:
        """Copy it to HOME/published/warehouse.duckdb by an atomic rename."""
        from warehouse.duckdb_file import publish  # noqa: PLC0415

        publish.publish(self)

    def backup_is_due(self, now: datetime) -> bool:
        """Whether the newest backup is a day old, or none is there, or it is from after `now`."""
        from warehouse.duckdb_file import backup  # noqa: PLC0415

        return backup.is_due(self.home, now)

    def back_up(self, now: datetime, daily: int, weekly: int) -> Taken:
        """A proven copy under HOME/backups, and the older ones rotated."""
        from warehouse.duckdb_file import backup  # noqa: PLC0415

        must_exist(self)
        return backup.take(self, now, daily, weekly)

    def restore(self, now: datetime, name: str | None = None) -> Restored:
        """A backup in the file's place; the file is kept beside it."""
        from warehouse.duckdb_file import restore  # noqa: PLC0415

        return restore.restore(self, now, name)

    def witnesses(self) -> list[Anchor]:
        """Where the ledger stood in the copy for readers, those kept beside it, and the backups."""
        from warehouse.duckdb_file import witnesses  # noqa: PLC0415

        return witnesses.witnesses(self.home)
