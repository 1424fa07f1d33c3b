"""Reading and writing rows of a table as objects of its class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, TypeVar

import pyarrow as pa

from warehouse.connection import Database


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `TABLE`: one field for each column but for `KEYS`, which say whose row it is and its place.

    NULL is None. NaN is stored as NULL.
    """

    TABLE: ClassVar[str]
    KEYS: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class RunRow(Row):
    """A row that a run found: kept in the order in which it was handed over."""

    KEYS: ClassVar[tuple[str, ...]] = ("run_id", "ordinal")


R = TypeVar("R", bound=RunRow)


def of_run(db: Database, run_id: str, row: type[R]) -> list[R]:
    """The rows that a run stored in the table of `row`, in order."""
    sql = f'select {_columns(row)} from "{row.TABLE}" where run_id = $run_id order by ordinal'  # noqa: S608 - names of a class
    return db.read(row, sql, run_id=run_id)


def replace(db: Database, run_id: str, row: type[R], rows: Sequence[R]) -> None:
    """Store the rows of one table for a run, in order, instead of what it had."""
    db.execute(f'delete from "{row.TABLE}" where run_id = $run_id', run_id=run_id)  # noqa: S608
    if not rows:
        return
    columns = {name: [null(getattr(one, name)) for one in rows] for name in names(row)}
    keys = {"run_id": [run_id] * len(rows), "ordinal": list(range(len(rows)))}
    with db.incoming(incoming=pa.table(keys | columns)):
        db.execute(f'insert into "{row.TABLE}" by name select * from incoming')  # noqa: S608


def names(row: type[Row]) -> tuple[str, ...]:
    """The columns of a class of rows, in its order, without its keys."""
    return tuple(field.name for field in fields(row))


def null(value: object) -> object:
    """NaN as the NULL that it is stored as."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _columns(row: type[Row]) -> str:
    return ", ".join(f'"{name}"' for name in names(row))
