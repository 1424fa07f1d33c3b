"""What DuckDB says of a file that it cannot read or write, as a sentence with the way out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from quant.errors import BallastError, InputError, WarehouseError

RESTORE = "`ballast restore` puts the newest good backup in its place and keeps this file."

# After damage is found, DuckDB refuses every further statement with a fatal error.
_STORAGE = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.OutOfMemoryException,
)
_UNWRITTEN = "Failed to commit: Could not write"  # a log that cannot grow is told as a broken transaction
_FULL = ("No space left on device", "File too large", "Disk quota exceeded", "max_temp_directory_size")
_READ_ONLY = "read-only mode"
_CLOSED = ("Permission denied", "Read-only file system", "Operation not permitted", _READ_ONLY)


@contextmanager
def explained(file: Path, remedy: str = RESTORE) -> Iterator[None]:
    """Raise a sentence instead of DuckDB's own error; `remedy` is told where the file is damaged.

    Raises:
        WarehouseError: the disk is full, the file may not be written, is in use elsewhere, or is damaged.
        InputError: a newer DuckDB wrote it.
    """
    try:
        yield
    except _STORAGE as error:
        raise _explanation(file, error, remedy) from None
    except (duckdb.TransactionException, duckdb.InvalidInputException) as error:
        if _UNWRITTEN not in str(error) and _READ_ONLY not in str(error):
            raise
        raise _explanation(file, error, remedy) from None


def _explanation(file: Path, error: duckdb.Error, remedy: str) -> BallastError:
    text = str(error)
    first = text.splitlines()[0].rstrip(".")
    if "newer version of DuckDB" in text:
        return InputError(
            f"{file} was written by a newer DuckDB ({first}). "
            "Upgrade Ballast, or name another folder with --home."
        )
    if any(words in text for words in _FULL):
        return WarehouseError(
            f"the disk of {file.parent} is full ({first}): nothing of this step was stored. "
            "Free some space and run the command again."
        )
    if "Could not set lock" in text:
        return WarehouseError(
            f"{file} is open in another program ({first}): close it there, "
            "and read HOME/published/warehouse.duckdb instead."
        )
    if any(words in text for words in _CLOSED):
        return WarehouseError(
            f"{file} cannot be written ({first}): let whoever runs Ballast write to it and to its folder."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return WarehouseError(f"{file} needs more memory than there is ({first}): run the command alone.")
    return WarehouseError(f"{file} is damaged or no warehouse ({first}). {remedy}")
