"""A warehouse carried from one engine to another, an empty one: whole or not at all, and proven equal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quant.errors import InputError
from warehouse.database.files import discard, flush, to_disk
from warehouse.duckdb_file.file import File
from warehouse.record.verify import Content, contents, of_file

if TYPE_CHECKING:
    from warehouse.backend import Warehouse
    from warehouse.ducklake.backend import DuckLake

NOTHING = "Nothing was moved: run it again."


def move(source: Warehouse, target: Warehouse) -> list[Content]:
    """Copy all that `source` holds into `target`; what that is. `source` stays as it was.

    The two hold the same rows in each table, by number and digest, before anything counts. Nobody writes to
    `source` meanwhile.

    Raises:
        InputError: `target` is not empty, or both are of the same engine.
        WarehouseError: one cannot be read or written, or they differ; `target` is as empty as it was.
    """
    if isinstance(source, File) == isinstance(target, File):
        raise InputError(f"the warehouse is {source.name} already: --to names where it shall go.")
    if not source.exists():
        raise InputError(f"there is no warehouse to move: {source.name} holds none.")
    return (
        _into_lake(source, _lake(target)) if isinstance(source, File) else _into_file(_lake(source), target)
    )


def _lake(warehouse: Warehouse) -> DuckLake:
    from warehouse.ducklake.backend import DuckLake  # noqa: PLC0415 - its packages may not be there

    assert isinstance(warehouse, DuckLake)
    return warehouse


def _into_lake(source: File, target: DuckLake) -> list[Content]:
    from warehouse.duckdb_file.publish import checkpoint  # noqa: PLC0415
    from warehouse.ducklake import copies  # noqa: PLC0415

    _refuse_rows(target)
    with source.locked():
        checkpoint(source.file)
        held = of_file(source.file)
        copies.fill(target, source.file, held)
    return held


def _into_file(source: DuckLake, target: Warehouse) -> list[Content]:
    from warehouse.ducklake import copies  # noqa: PLC0415

    assert isinstance(target, File)
    part = target.file.with_name(f".{target.file.name}.moved")
    with target.locked():
        if target.file.exists():
            raise InputError(
                f"{target.file} exists: a warehouse is moved to where none is. Move that file away first."
            )
        try:
            with _quiet(source):
                held = copies.save(source, part, NOTHING)
            to_disk(part)
            part.replace(target.file)
            flush(target.file.parent)
        finally:
            discard(part)
    return held


@contextmanager
def _quiet(lake: DuckLake) -> Iterator[None]:
    """Keep everybody from committing to a lake."""
    with lake.session() as one, one.locked():
        yield


def _refuse_rows(lake: DuckLake) -> None:
    if not lake.exists():
        return
    full = [one for one in contents(lake.read) if one.rows and one.table != "migrations"]
    if full:
        rows = sum(one.rows for one in full)
        raise InputError(
            f"{lake.name} holds {rows} rows already: a warehouse is moved to where none is. Name another "
            "database and another folder."
        )
