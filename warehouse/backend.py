"""A warehouse as everything above it knows it: units of work, and copies that prove what they hold.

An engine is one implementation. What it needs to be one (locks, logs, conflicts, files) is its own business.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from quant.errors import InputError
from warehouse.database.database import Result, Work

if TYPE_CHECKING:
    from warehouse.record.anchors import Anchor
    from warehouse.record.verify import Content


@dataclass(frozen=True)
class Backup:
    """One backup and the instant (UTC) whose state it holds."""

    file: Path
    taken_at: datetime


@dataclass(frozen=True)
class Taken:
    """A backup taken now, its size in bytes, what it holds, and the older ones that made room for it."""

    backup: Backup
    size: int
    tables: list[Content]
    removed: list[Path]


@dataclass(frozen=True)
class Restored:
    """What was brought back and from when; what lay there before, and the backups that were not good."""

    file: Path
    taken_at: datetime
    tables: list[Content]
    aside: list[Path]
    passed_over: list[str]


class Warehouse(Protocol):
    """The warehouse of one HOME. Any of its methods may raise a WarehouseError that says what to do."""

    @property
    def home(self) -> Path:
        """The folder whose warehouse it is."""

    @property
    def name(self) -> str:
        """Where it lies, for a sentence; without a secret."""

    def exists(self) -> bool:
        """Whether there is one; the first unit of work makes it."""

    def transact(self, work: Work[Result], staged: Path | None = None) -> Result:
        """What `work` returns, with all that it wrote; where it raises, nothing of it is written.

        `work` may be called again after a conflict, so it has no effect but on its database. `staged` is a
        staging file, readable as the schema `staging`.

        Raises:
            WarehouseError: it cannot be reached, read or written.
            InputError: a newer version of Ballast wrote it.
        """

    def read(self, work: Work[Result]) -> Result:
        """What `work` returns, which sees one state and cannot write."""

    def keeping(self) -> AbstractContextManager[None]:
        """While the block works, units of work of this process need not open the warehouse each time.

        Others get their turn as before. Units of work are what they are without it.
        """

    def read_copy(self, work: Work[Result]) -> Result | None:
        """What `work` returns of the copy for readers; None where none can be read."""

    def clock(self, own: Callable[[], datetime]) -> Callable[[], datetime]:
        """The clock of all who share it: `own` where only one machine can."""

    def publish(self) -> None:
        """Leave a copy for readers, where the engine needs one."""

    def tidy(self, now: datetime) -> str | None:
        """Do what must be done now and then to keep it quick; what was done, None where nothing must."""

    def backup_is_due(self, now: datetime) -> bool:
        """Whether the newest backup is a day old, or none is there, or it is from after `now`."""

    def back_up(self, now: datetime, daily: int, weekly: int) -> Taken:
        """Copy it, prove the copy, and keep the newest of `daily` days and of `weekly` weeks."""

    def restore(self, now: datetime, name: str | None = None) -> Restored:
        """Put the backup that `name` means, else the newest good one, in its place.

        Raises:
            InputError: there is no such backup, or `name` means several.
        """

    def witnesses(self) -> list[Anchor]:
        """Where its ledger stood, as its copies know."""


def must_exist(warehouse: Warehouse) -> None:
    """Refuse where there is nothing to look at.

    Raises:
        InputError: there is no warehouse in this HOME.
    """
    if not warehouse.exists():
        raise InputError(
            f"there is no warehouse in {warehouse.home} yet: start a run with `ballast daily`, "
            "bring back a backup with `ballast restore`, or name another folder with --home."
        )
