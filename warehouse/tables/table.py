"""Reading and writing rows of a table as objects of its class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from warehouse.database.database import Database


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


@dataclass(frozen=True, slots=True)
class BatchRow(Row):
    """A row of one delivery; `ORDER` is how those of a run stand."""

    KEYS: ClassVar[tuple[str, ...]] = ("batch_id",)
    ORDER: ClassVar[str]


R = TypeVar("R", bound=RunRow)
T = TypeVar("T", bound=Row)
B = TypeVar("B", bound=BatchRow)


def of_run(db: Database, run_id: str, row: type[R]) -> list[R]:
    """The rows that a run stored in the table of `row`, in order."""
    sql = f'select {_columns(row)} from "{row.TABLE}" where run_id = $run_id order by ordinal'  # noqa: S608 - names of a class
    return db.read(row, sql, run_id=run_id)


def of_batches(db: Database, run_id: str, row: type[B]) -> list[B]:
    """The rows of a run's batches, in the order of the class."""
    sql = f'select {_columns(row)} from "{row.TABLE}" where is_of_run(batch_id, $run_id) order by {row.ORDER}'  # noqa: S608
    return db.read(row, sql, run_id=run_id)


def insert(db: Database, row: Row) -> None:
    """Add one row of a class without `KEYS`."""
    values = {name: column[0] for name, column in stored(type(row), [row]).items()}
    columns, bound = (", ".join(f'"{name}"' for name in values), ", ".join(f"${name}" for name in values))
    db.execute(f'insert into "{row.TABLE}" ({columns}) values ({bound})', **values)  # noqa: S608


def replace(db: Database, run_id: str, row: type[R], rows: Sequence[R]) -> None:
    """Store the rows of one table for a run, in order, instead of what it had."""
    db.execute(f'delete from "{row.TABLE}" where run_id = $run_id', run_id=run_id)  # noqa: S608
    if not rows:
        return
    keys = {"run_id": [run_id] * len(rows), "ordinal": list(range(len(rows)))}
    with db.incoming(incoming=keys | stored(row, rows)):
        db.execute(f'insert into "{row.TABLE}" by name select * from incoming')  # noqa: S608


def stored(row: type[T], rows: Sequence[T]) -> dict[str, list[object]]:
    """Rows as columns in the form in which they are stored."""
    return {name: [null(getattr(one, name)) for one in rows] for name in names(row)}


def names(row: type[Row]) -> tuple[str, ...]:
    """The columns of a class of rows, in its order, without its keys."""
    return tuple(field.name for field in fields(row))


def null(value: object) -> object:
    """NaN as the NULL that it is stored as, an instant as its UTC without a zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return None if isinstance(value, float) and math.isnan(value) else value


def _columns(row: type[Row]) -> str:
    return ", ".join(f'"{name}"' for name in names(row))
