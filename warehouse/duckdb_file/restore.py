"""Bringing back a backup: the damaged file is kept, what cannot be trusted is passed over."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from quant.errors import BallastError, InputError, WarehouseError
from warehouse import notices
from warehouse.backend import Backup, Restored
from warehouse.database.connect import connect
from warehouse.database.database import Database
from warehouse.database.files import copy, discard, flush, to_disk
from warehouse.database.objects import make_ours
from warehouse.database.storage import explained
from warehouse.duckdb_file.backup import USELESS, alone, backups, proven, seal_of
from warehouse.duckdb_file.file import File
from warehouse.duckdb_file.log import settle, unshared
from warehouse.duckdb_file.publish import checkpoint
from warehouse.record import entered
from warehouse.record.anchors import Restoration
from warehouse.record.verify import Content


def restore(warehouse: File, now: datetime, name: str | None = None) -> Restored:
    """Put a backup in the warehouse's place: the one that `name` means, else the newest good one.

    `name` is a file, or a part of a backup's name. What became known since the backup is in the file that
    is moved aside, and nowhere else.

    Raises:
        InputError: there is no such backup, or `name` means several.
        WarehouseError: another process holds the warehouse, or no backup is good; nothing has changed.
    """
    with alone(warehouse), warehouse.locked():
        with explained(warehouse.file):
            settle(warehouse.file)
        temporary = warehouse.file.with_name(f".{warehouse.file.name}.restored")
        try:
            backup, tables, passed_over = fetch(warehouse.home, name, temporary, now)
            aside = _replace(warehouse.file, temporary, now)
        finally:
            discard(temporary)
    return Restored(backup.file, backup.taken_at, tables, aside, passed_over)


def fetch(
    home: Path, name: str | None, target: Path, now: datetime
) -> tuple[Backup, list[Content], list[str]]:
    """Copy the backup that `name` means, else the newest good one, to `target`, brought to this version.

    What it holds, and what is wrong with those that were passed over.

    Raises:
        InputError: there is no such backup, or `name` means several.
        WarehouseError: none is good.
    """
    return _first_good(_asked(home, name), target, now)


def _asked(home: Path, name: str | None) -> list[Backup]:
    """The backups that may be used, the best first."""
    known = backups(home)
    if name is None:
        if not known:
            raise InputError(f"there is no backup in {home / 'backups'}: `ballast backup` takes one.")
        return known
    if Path(name).is_file():
        written = datetime.fromtimestamp(Path(name).stat().st_mtime, UTC)
        return [next((one for one in known if one.file.samefile(name)), Backup(Path(name), written))]
    found = [one for one in known if name in one.file.name]
    if len(found) != 1:
        names = ", ".join(one.file.name for one in known) or "none"
        raise InputError(
            f"backup {name!r}: {len(found)} of that name. "
            f"Name a file, or one of these by a part of its name: {names}."
        )
    return found


def _first_good(
    candidates: list[Backup], temporary: Path, now: datetime
) -> tuple[Backup, list[Content], list[str]]:
    """Copy the first backup that is sound to `temporary`; what is wrong with those before it."""
    wrong: list[str] = []
    for backup in candidates:
        try:
            return backup, _fetch(backup, temporary, now), wrong
        except BallastError as error:
            wrong.append(str(error).replace(str(temporary), str(backup.file)))
    raise WarehouseError(f"no good backup, nothing was changed. {' '.join(wrong)}")


def _fetch(backup: Backup, temporary: Path, now: datetime) -> list[Content]:
    """Copy a backup, compare it with its digest, bring it to this version's schema, and judge it.

    It notes from when to when it knows of no message, and in the ledger that the chain goes on from here.
    """
    discard(temporary)  # with the log of a restore that was killed
    sha = copy(backup.file, temporary)
    if seal_of(backup).exists() and not seal_of(backup).read_bytes().startswith(sha.encode()):
        raise WarehouseError(f"{backup.file} is not what was written: its SHA-256 is another.")
    with explained(temporary, USELESS):
        connection = connect(temporary)
        try:
            make_ours(connection, temporary)
        finally:
            connection.close()
    checkpoint(temporary, USELESS)
    connection = connect(temporary)
    db = Database(connection)
    notices.forgotten(db, backup.taken_at, now)
    entered.append(db, backup.file.name, Restoration(taken_at=backup.taken_at), now)
    connection.close()
    tables = proven(temporary, None, now)
    to_disk(temporary)
    return tables


def _replace(file: Path, restored: Path, now: datetime) -> list[Path]:
    """Move the warehouse and its logs aside, the restored file in; where the former lie now.

    The file goes first: without it, and until the end, nothing begins an empty warehouse or replays the log.
    """
    mark = f"damaged-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
    aside = []
    logs = sorted(file.parent.glob(f"{file.name}.wal*"))  # a kill while one is merged leaves up to three
    with explained(file), unshared(file) if file.exists() else nullcontext():
        for old in (file, *logs):
            if old.exists():
                new = file.with_name(f"{file.name}.{mark}{old.name.removeprefix(file.name)}")
                aside.append(old.replace(new))
        flush(file.parent)  # a log of the old file beside the new one would be replayed into it
        restored.replace(file)
        flush(file.parent)
    return aside
