"""What can still be read of a portfolio file that is not right."""

import re
import tomllib
from pathlib import Path

from pydantic import ValidationError

from config.portfolio import SlackChannel

TABLE = re.compile(r"^[ \t]*\[slack\][^\n]*$.*?(?=^[ \t]*\[|\Z)", re.MULTILINE | re.DOTALL)


def channel_of(file: Path) -> SlackChannel | None:
    """Whom the file tells, where its [slack] table is right whatever else is not; None else."""
    try:
        found = TABLE.search(file.read_bytes().decode("utf-8-sig", errors="replace"))
        return SlackChannel.model_validate(tomllib.loads(found[0])["slack"]) if found else None
    except (OSError, tomllib.TOMLDecodeError, ValidationError):
        return None
