"""What can still be read of a portfolio file that is not right."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.channels import ChannelTable, SlackChannel

TABLE = re.compile(
    r"^[ \t]*(?:\[slack\]|\[\[channel\]\])[^\n]*$.*?(?=^[ \t]*\[|\Z)", re.MULTILINE | re.DOTALL
)


def channels_of(file: Path) -> dict[str, Any]:
    """Whom the file tells: the portfolio's `slack` and `channel`, of those tables that are right.

    Empty where no such table can be read.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:
        return {}
    found: dict[str, Any] = {}
    for table in _tables(text):
        try:
            if "slack" in table:
                found["slack"] = SlackChannel.model_validate(table["slack"])
            else:
                rows = (ChannelTable.model_validate(row) for row in table["channel"])
                found["channel"] = (*found.get("channel", ()), *rows)
        except ValidationError:
            continue
    return found


def _tables(text: str) -> Iterator[dict[str, Any]]:
    for found in TABLE.finditer(text):
        try:
            yield tomllib.loads(found[0])
        except tomllib.TOMLDecodeError:
            continue
