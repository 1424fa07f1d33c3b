"""Backups under HOME/backups: taken under the lock, checked by reading them back, rotated.

What is named *.duckdb there is whole and was checked. Beside each lies its SHA-256, for `sha256sum -c`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from quant.errors import InUseError, WarehouseError
from warehouse.backend import Backup, Taken
from warehouse.database.connect import connect
from warehouse.database.database import Database
from warehouse.database.files import copy, digest, discard, to_disk, write_atomically
from warehouse.database.storage import explained
from warehouse.duckdb_file.file import File
from warehouse.duckdb_file.publish import checkpoint
from warehouse.record.verify import Content, broken, contents, judge

FRESH = timedelta(days=1)
USELESS = "It cannot serve as a backup."
_NAME = "warehouse-%Y%m%dT%H%M%SZ.duckdb"


class OfHome(Protocol):
    """A warehouse of any engine, as far as its backups need it."""

    @property
    def home(self) -> Path:
        """The folder under which they lie."""

    @property
    def lock_timeout(self) -> float:
        """How long another one who takes or restores one is waited for, in seconds."""


def seal_of(backup: Backup) -> Path:
    """The file with a backup's SHA-256."""
    return backup.file.with_name(f"{backup.file.name}.sha256")


def folder(home: Path) -> Path:
    """Where backups are kept; it may be a link to another disk."""
    return home / "backups"


def backups(home: Path) -> list[Backup]:
    """All backups, newest first. A file that is not named like one is none."""
    found = []
    for file in folder(home).glob("*.duckdb"):
        try:
            taken_at = datetime.strptime(file.name, _NAME).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Backup(file, taken_at))
    return sorted(found, key=lambda one: one.taken_at, reverse=True)


def is_due(home: Path, now: datetime) -> bool:
    """Whether the newest backup is a day old, or none is there, or it is from after `now`."""
    newest = next(iter(backups(home)), None)
    return newest is None or not timedelta() <= now - newest.taken_at < FRESH


def take(warehouse: File, now: datetime, daily: int, weekly: int) -> Taken:
    """Back the warehouse up, prove the copy, and keep the newest of `daily` days and of `weekly` weeks.

    The lock is held for the copy alone: not while it goes to the disk, is read back and judged.

    Raises:
        WarehouseError: it cannot be read or copied, or breaks an invariant; the older backups stay.
    """

    def write(target: Path) -> str:
        with warehouse.locked():
            checkpoint(warehouse.file)
            return copy(warehouse.file, target)

    return keep(warehouse, write, now, daily, weekly)


def keep(of: OfHome, write: Callable[[Path], str], now: datetime, daily: int, weekly: int) -> Taken:
    """Prove the copy of a warehouse that `write` makes in a file, and name it as a backup; rotate the others.

    `write` returns the SHA-256 of what it has written.

    Raises:
        WarehouseError: the copy is not sound; the older backups stay.
    """
    with alone(of):
        temporary = folder(of.home) / ".warehouse.duckdb.part"
        try:
            sha = write(temporary)
            to_disk(temporary)
            tables = proven(temporary, sha, now)
            backup = _named(of.home, now)
            size = temporary.stat().st_size
            write_atomically(seal_of(backup), f"{sha}  {backup.file.name}\n")
            temporary.replace(backup.file)
        finally:
            discard(temporary)
        return Taken(backup, size, tables, _rotate(of.home, daily, weekly))


def proven(file: Path, sha: str | None, now: datetime) -> list[Content]:
    """What a copy holds, after every byte and row of it has been read and every invariant judged.

    Raises:
        WarehouseError: it is not what was written, cannot be read, or breaks an invariant.
    """
    if sha is not None and digest(file) != sha:
        raise WarehouseError(f"{file} is not what was written: its SHA-256 is another.")
    with explained(file, USELESS):
        connection = connect(file, read_only=True)
        try:
            look = Database(connection).visit
            tables = contents(look)
            offences = list(broken(judge(look, now)))
        finally:
            connection.close()
    if offences:
        raise WarehouseError(f"{file} is not sound. {offences[0]} `ballast warehouse verify` lists all.")
    return tables


def kept(taken: Sequence[datetime], daily: int, weekly: int) -> set[datetime]:
    """The newest of each of the newest `daily` days and `weekly` ISO weeks that have one."""
    newest = sorted(taken, reverse=True)
    return _newest_of(newest, lambda at: at.date(), daily) | _newest_of(
        newest, lambda at: at.isocalendar()[:2], weekly
    )


@contextmanager
def alone(warehouse: OfHome) -> Iterator[None]:
    """Be the only one who takes or restores a backup; a dead one's lock is free at once."""
    where = folder(warehouse.home)
    lock = FileLock(where / ".lock", timeout=warehouse.lock_timeout, fallback_to_soft=False)
    try:
        where.mkdir(parents=True, exist_ok=True)
        lock.acquire(poll_interval=0.02)
        yield
    except Timeout:
        waited = f"waited {warehouse.lock_timeout:g} s."
        who = f"another backup or restore of {warehouse.home} is at work; {waited}"
        raise InUseError(who) from None
    except OSError as error:
        raise WarehouseError(
            f"{error.filename or where} cannot be written ({error.strerror}): "
            "free some space there, or let whoever runs Ballast write to it."
        ) from None
    finally:
        lock.release()


def _newest_of(newest: Sequence[datetime], period: Callable[[datetime], object], count: int) -> set[datetime]:
    """The first instant of each of the first `count` periods."""
    found: dict[object, datetime] = {}
    for at in newest:
        found.setdefault(period(at), at)
    return set(list(found.values())[:count])


def _rotate(home: Path, daily: int, weekly: int) -> list[Path]:
    """Remove what is not kept, and digests whose backup is gone or never came; the removed backups."""
    found = backups(home)
    stay = kept([one.taken_at for one in found], daily, weekly)
    removed = [one.file for one in found if one.taken_at not in stay]
    for file in removed:
        file.unlink()
    for seal in folder(home).glob("warehouse-*.duckdb.sha256"):
        if not seal.with_suffix("").exists():
            seal.unlink()
    return removed


def _named(home: Path, now: datetime) -> Backup:
    taken_at = now.astimezone(UTC).replace(microsecond=0)
    return Backup(folder(home) / taken_at.strftime(_NAME), taken_at)
