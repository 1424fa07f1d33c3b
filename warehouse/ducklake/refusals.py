"""What PostgreSQL, DuckLake and the files' storage say, as a sentence with the way out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from quant.errors import BallastError, InputError, WarehouseError
from warehouse.ducklake.place import Place

_LATE = ("max_retry_count", "Transaction conflict", "duplicate key value", "could not serialize")
_GONE = (
    "server closed the connection",
    "terminating connection",
    "connection to server",
    "no connection to the server",
    "connection has been closed",
    "could not receive data",
    "could not send data",
    "Connection reset",
    "Unable to connect to Postgres",
    'Failed to execute query "ROLLBACK"',
)
_FULL = ("No space left on device", "Disk quota exceeded", "could not extend file")


def came_too_late(error: Exception) -> bool:
    """Whether another commit was quicker."""
    return isinstance(error, duckdb.Error) and any(words in str(error) for words in _LATE)


def is_cut(error: Exception) -> bool:
    """Whether the connection to PostgreSQL broke, or could not be made; a login that is refused stays so."""
    text = str(error)
    return isinstance(error, duckdb.Error) and any(words in text for words in _GONE) and "FATAL" not in text


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Raise a sentence instead of DuckDB's own error.

    Raises:
        WarehouseError: PostgreSQL or a file cannot be reached, read or written.
        InputError: the setting leads somewhere else.
    """
    try:
        yield
    except duckdb.Error as error:
        found = explanation(place, str(error))
        if found is None:
            raise
        raise found from None


def explanation(place: Place, text: str) -> BallastError | None:
    """The sentence for an error; None where it is a fault of Ballast.

    Nothing of the text is told except a reason that PostgreSQL gives: it may hold the connection string.
    """
    for found in (_of_login(place, text), _of_lake(place, text), _of_files(place, text)):
        if found is not None:
            return found
    if any(words in text for words in _LATE):
        return WarehouseError(
            f"others write to {place} all the time, and without its lock: run the command again."
        )
    if any(words in text for words in _GONE):
        return WarehouseError(
            f"{place.server} cannot be reached ({_reason(text)}): start it, or set BALLAST_WAREHOUSE right. "
            "Nothing is lost: run the command again then."
        )
    return None


def _of_login(place: Place, text: str) -> BallastError | None:
    if "password authentication failed" in text or "no password supplied" in text:
        return WarehouseError(
            f"{place.server} does not let {place.user} in: set PGPASSWORD, or write the password into a pass "
            "file (~/.pgpass, readable by you alone)."
        )
    if (missing := re.search(r'(database|role) "[^"]*" does not exist', text)) is not None:
        return WarehouseError(
            f"{place.server} says: {missing[0]}. Create it, or set BALLAST_WAREHOUSE right."
        )
    if (denied := re.search(r"permission denied for \w+ \"?[\w.]+\"?", text)) is not None:
        return WarehouseError(
            f"{place.server} lets {place.user} in, but not to work there ({denied[0]}): let its owner grant "
            f"{place.user} the right to read, write and create in the schema public."
        )
    return None


def _of_lake(place: Place, text: str) -> BallastError | None:
    if (other := re.search(r'does not match existing data path in the catalog "([^"]*)"', text)) is not None:
        return InputError(
            f"the files of this DuckLake lie in {other[1].rstrip('/')}, not in {place.data}: set "
            "BALLAST_WAREHOUSE_DATA to that."
        )
    if "DuckLake" in text and "version" in text and ("mismatch" in text or "not supported" in text):
        return InputError(
            f"{place} is of another version of DuckLake than the package duckdb-extension-ducklake: "
            "use the same version of Ballast on all machines."
        )
    return None


def _of_files(place: Place, text: str) -> BallastError | None:
    if any(words in text for words in _FULL):
        return WarehouseError(
            f"the storage of {place} is full: nothing of this step was stored. Free some space and run the "
            "command again."
        )
    if "Permission denied" in text or "Read-only file system" in text:
        return WarehouseError(f"{place.data} cannot be written: let whoever runs Ballast write to it.")
    if ".parquet" in text and ("No such file" in text or "404" in text):
        return WarehouseError(
            f"a file of {place} is missing: bring the folder back from its copy, or `ballast restore` puts "
            "the newest good backup in the warehouse's place."
        )
    if "HTTP" in text and place.is_remote():
        return WarehouseError(
            f"{place.data} cannot be reached: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION "
            "right (and DUCKDB_S3_ENDPOINT where it is not Amazon's)."
        )
    return None


def _reason(text: str) -> str:
    """Why, in PostgreSQL's words without the names around them."""
    found = re.search(r"(?:FATAL:|failed:|ERROR:)\s*([^\n]+)", text)
    last = (found[1] if found else "the connection broke").strip()
    return last.removeprefix("FATAL:").strip().rstrip(".")
