"""A DuckDB file or memory, opened so that nothing in it reaches outside."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

_NEVER = "1 TB"
SMALL = 2**24
"""Bytes of a file whose queries run on one thread: handing out so little work costs more than it saves."""
SMALL_BLOCK, LARGE_BLOCK = 2**14, 2**18
"""Bytes of a block. A commit of a few rows, and reading it from the log at the next opening, takes a block
for each column of each table touched. But in blocks smaller than large ones DuckDB compresses no numbers."""
_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
"""What DuckDB may look for beside a file that it attaches, after its name."""


def connect(
    file: Path,
    *,
    read_only: bool = False,
    in_place: bool = True,
    reach: Sequence[Path] = (),
    holds: int | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, quiet on standard output.

    Its queries see this file, the files of `reach` and what Python registers: no other file, no address, no
    extension, no variable of Python, whatever a received file calls. With `in_place` False every commit stays
    in the log, at closing too. `holds` is about how many bytes a new file will hold.
    """
    size = _size(file) if holds is None else holds
    small: dict[str, str | int] = {"threads": 1} if size < SMALL else {}
    if holds is not None and small:
        small["default_block_size"] = SMALL_BLOCK
    connection = quiet(file, read_only=read_only, config=small)
    # What may be reached has to be said first: afterwards DuckDB lets nobody widen it.
    allowed = [path for one in reach for path in with_logs(one)]
    connection.execute("set allowed_paths = $1", [allowed])
    connection.execute("set python_enable_replacements = false; set enable_external_access = false")
    if not in_place:
        connection.execute(f"set checkpoint_threshold = '{_NEVER}'; pragma disable_checkpoint_on_shutdown")
    return connection


def quiet(
    file: Path, *, read_only: bool = False, config: Mapping[str, str | int] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file in UTC, quiet on standard output, that fetches no extension by itself.

    What its queries may reach is not limited yet.
    """
    ours: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(str(file), read_only=read_only, config={**ours, **(config or {})})
    connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
    return connection


def with_logs(file: Path) -> list[str]:
    """What DuckDB has to reach to attach a file."""
    return [f"{file}{end}" for end in ("", *_LOGS)]


def _size(file: Path) -> int:
    """The bytes of a file; 0 where there is none yet."""
    try:
        return Path(file).stat().st_size
    except OSError:
        return 0


def quoted(path: Path | str) -> str:
    """A path, or another text, as an SQL string, for the few statements that take no bound value."""
    return "'" + str(path).replace("'", "''") + "'"
