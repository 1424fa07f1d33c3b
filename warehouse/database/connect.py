"""A DuckDB file or memory, opened so that nothing in it reaches outside."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

_NEVER = "1 TB"
_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
"""What DuckDB may look for beside a file that it attaches, after its name."""


def connect(
    file: Path, *, read_only: bool = False, in_place: bool = True, reach: Sequence[Path] = ()
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, quiet on standard output.

    Its queries see this file, the files of `reach` and what Python registers: no other file, no address, no
    extension, no variable of Python, whatever a received file calls. With `in_place` False every commit stays
    in the log, at closing too.
    """
    connection = duckdb.connect(
        str(file),
        read_only=read_only,
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False},
    )
    connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
    # What may be reached has to be said first: afterwards DuckDB lets nobody widen it.
    allowed = [f"{one}{end}" for one in reach for end in ("", *_LOGS)]
    connection.execute("set allowed_paths = $1", [allowed])
    connection.execute("set python_enable_replacements = false; set enable_external_access = false")
    if not in_place:
        connection.execute(f"set checkpoint_threshold = '{_NEVER}'; pragma disable_checkpoint_on_shutdown")
    return connection


def quoted(path: Path) -> str:
    """A path as an SQL string, for the few statements that take no bound value."""
    return "'" + str(path).replace("'", "''") + "'"
