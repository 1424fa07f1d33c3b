"""What BALLAST_WAREHOUSE may say: a DuckLake's catalog as a libpq connection string, without a password."""

import re

SCHEME = "ducklake:postgres:"
FORM = (
    "ducklake:postgres:host=db.example.org port=5432 dbname=ballast user=ballast, with no password in it: "
    "that comes from PGPASSWORD or a pass file"
)
_DATA = re.compile(r"s3://[^\s'\"]+|[/~].+|[A-Za-z]:[/\\].+")
_PAIR = r"\w+\s*=\s*(?:'(?:[^'\\]|\\.)*'|[^\s']\S*)"
_FORM = re.compile(rf"{SCHEME}\s*{_PAIR}(?:\s+{_PAIR})*\s*")
_SECRET = re.compile(r"\b(password|sslpassword|passwd|pwd)\s*=", re.IGNORECASE)


def checked(value: str) -> str:
    """The setting as it stands.

    Raises:
        ValueError: it is not of that form, or holds a password; what it says is not repeated.
    """
    if value and (not _FORM.fullmatch(value) or _SECRET.search(value)):
        raise ValueError("not of that form")
    return value


def checked_data(value: str) -> str:
    """Where the files lie: a whole path, or an address in object storage that speaks S3.

    Raises:
        ValueError: it is neither.
    """
    if value and not _DATA.fullmatch(value):
        raise ValueError("not of that form")
    return value
