"""The backend that keeps a warehouse in a DuckLake: read side by side, written one unit of work at a time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, cast

import duckdb

from quant.errors import BallastError
from warehouse.backend import must_exist
from warehouse.database.connect import with_logs
from warehouse.database.database import Database, Result, Work
from warehouse.ducklake import refusals, session
from warehouse.ducklake.clock import Clock
from warehouse.ducklake.place import Place
from warehouse.ducklake.session import Session

if TYPE_CHECKING:
    from warehouse.backend import Restored, Taken
    from warehouse.record.anchors import Anchor

TRIES = 6
"""How often a work is called at most; with the lock held a second time is rare."""
_PAUSE = 0.05  # seconds, twice as long each time


@dataclass(frozen=True)
class DuckLake:
    """A `warehouse.backend.Warehouse`. What few commands need is imported when they do."""

    home: Path
    place: Place
    lock_timeout: float = 60.0
    command: str = "ballast"

    @property
    def name(self) -> str:
        """Where its catalog and its files lie."""
        return str(self.place)

    def exists(self) -> bool:
        """Whether the database holds the catalog of one."""
        return self._repeated(Session.is_there)

    def transact(self, work: Work[Result], staged: Path | None = None) -> Result:
        """What `work` returns, committed under the lock; done again where another commit came before it.

        A connection that breaks before the commit leaves nothing. One that breaks at it leaves open whether
        the commit came: then the mark in its snapshot is looked for.
        """
        mark, unanswered = uuid.uuid4().hex, list[Result]()

        def visit(one: Session) -> Result:
            with one.locked():
                if unanswered and one.came(mark):
                    return unanswered[0]
                unanswered.clear()
                with one.beside(staged, "staging"), one.begun() as cursor:
                    result = work(Database(cursor))
                    unanswered.append(result)
                    one.commit(cursor, mark)
                    return result

        return self._repeated(visit)

    def read(self, work: Work[Result]) -> Result:
        """What `work` returns, which sees one snapshot and waits for nobody; DuckDB lets it write nothing."""

        def visit(one: Session) -> Result:
            with one.begun(read_only=True) as cursor:
                return work(Database(cursor))

        return self._repeated(visit)

    def _repeated(self, visit: Callable[[Session], Result]) -> Result:
        with refusals.explained(self.place):
            for turn in count(1):
                try:
                    with self.session() as one:
                        return visit(one)
                except duckdb.Error as error:
                    if turn == TRIES or not (refusals.came_too_late(error) or refusals.is_cut(error)):
                        raise
                    time.sleep(_PAUSE * 2**turn)
        raise AssertionError  # the last turn returns or raises

    @contextmanager
    def open(self, attach: Path | None = None, *, read_only: bool = False) -> Iterator[Database]:
        """A connection in one transaction, under the lock: committed at the end, rolled back on an error.

        `attach` is a staging file. Nothing is repeated: what is above the warehouse uses `transact`.
        """
        with (
            refusals.explained(self.place),
            self.session() as one,
            one.locked(),
            one.beside(attach, "staging"),
            one.begun(read_only=read_only) as cursor,
        ):
            yield Database(cursor)
            if not read_only:
                one.commit(cursor, uuid.uuid4().hex)

    @contextmanager
    def session(self, *files: Path) -> Iterator[Session]:
        """An open instance for one visit, whose queries also reach the staging folder and `files`."""
        reach = [
            f"{(self.home / 'staging').resolve()}/",
            *(path for file in files for path in with_logs(file)),
        ]
        with session.session(self.place, self.command, self.lock_timeout, reach) as one:
            yield one

    def clock(self, own: Callable[[], datetime]) -> Callable[[], datetime]:
        """The time of PostgreSQL, which all machines share; this machine's own while it cannot be reached."""
        return Clock(self._now, own)

    def _now(self) -> datetime:
        found = self._repeated(lambda one: one.ask("select clock_timestamp() at time zone 'UTC'"))
        assert found is not None
        return cast(datetime, found[0]).replace(tzinfo=UTC)

    def read_copy(self, work: Work[Result]) -> Result | None:
        """What `work` returns; None where it cannot be read. Readers need no copy: they wait for nobody."""
        try:
            return self.read(work) if self.exists() else None
        except BallastError:
            return None

    def keeping(self) -> AbstractContextManager[None]:
        """Nothing: an instance stays open for the next visit in any case."""
        return nullcontext()

    def publish(self) -> None:
        """Nothing: whoever may read the catalog reads the lake itself, and waits for nobody."""

    def tidy(self, now: datetime) -> str | None:
        """Merge small files, expire old snapshots, remove what nothing needs; what was done."""
        from warehouse.ducklake import upkeep  # noqa: PLC0415

        return upkeep.tidy(self, now)

    def backup_is_due(self, now: datetime) -> bool:
        """Whether the newest backup is a day old, or none is there, or it is from after `now`."""
        from warehouse.duckdb_file import backup  # noqa: PLC0415

        return backup.is_due(self.home, now)

    def back_up(self, now: datetime, daily: int, weekly: int) -> Taken:
        """A proven copy under HOME/backups as a DuckDB file, and the older ones rotated."""
        from warehouse.ducklake import backup  # noqa: PLC0415

        must_exist(self)
        return backup.take(self, now, daily, weekly)

    def restore(self, now: datetime, name: str | None = None) -> Restored:
        """A backup's rows in the place of the lake's, in one transaction."""
        from warehouse.ducklake import backup  # noqa: PLC0415

        return backup.restore(self, now, name)

    def witnesses(self) -> list[Anchor]:
        """Where the ledger stood in the backups of this HOME."""
        from warehouse.duckdb_file import witnesses  # noqa: PLC0415

        return witnesses.witnesses(self.home)
