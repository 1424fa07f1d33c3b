"""Carrying the warehouse to another engine."""

from dataclasses import dataclass

from config import lakes
from quant.errors import InputError
from tasks.context.context import Context, warehouse_by
from warehouse.moving import move as carry
from warehouse.record.verify import Content

FILE = "file"
"""What `--to` calls the file in HOME."""


@dataclass(frozen=True)
class Moved:
    """What was moved from where to where, and what BALLAST_WAREHOUSE must say from now on; empty: unset."""

    source: str
    target: str
    setting: str
    tables: list[Content]


def move(context: Context, to: str) -> Moved:
    """Carry the warehouse of a HOME to the file in it ("file"), or to a DuckLake, named as by the setting.

    Raises:
        InputError: `to` is neither, is where the warehouse is, or is not empty.
        WarehouseError: one cannot be read or written, or they differ; nothing has changed.
    """
    try:
        setting = "" if to == FILE else lakes.checked(to)
    except ValueError:
        raise InputError(f"--to must be `file`, or look like {lakes.FORM}.") from None
    source = context.warehouse
    target = warehouse_by(context.settings.model_copy(update={"warehouse": setting}), context.command)
    return Moved(source.name, target.name, setting, carry(source, target))
