"""An answer, as one JSON object or as lines for a person."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import RenderableType

from flows.terminal.console import Console
from flows.terminal.terminal import print_json
from tasks.context.instants import instant


def answer(as_json: bool, found: Mapping[str, object], lines: Iterable[RenderableType]) -> None:
    """Print what was found: `found` with its schema as JSON, or the lines."""
    if as_json:
        print_json({"schema": 1, **plain(dict(found))})
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for line in lines:
        console.print(line)


def plain(value: object) -> Any:
    """Dataclasses and models by field, instants in UTC, days and paths as text; null: a number not finite."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    elif is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date | Path):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
