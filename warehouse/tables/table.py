"""Reading and writing rows of a table as objects of its class."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

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


@dataclass(frozen=True)
class Document:
    """A column of JSON text: the fields of a dataclass `of`, or (`many`) a list of them. NULL is None.

    A field of a class of rows says so with `metadata={"document": ...}`.
    """

    of: Callable[..., Any]
    many: bool = False

    def text(self, value: Any) -> str | None:
        """The text of an object with these fields and no others, or of several; days become ISO text."""
        if value is None:
            return None
        found = [vars(one) for one in value] if self.many else vars(value)
        return json.dumps(found, default=str)

    def read(self, text: str | None) -> Any:
        """The object, or a tuple of them, that a text tells."""
        if text is None:
            return None
        found = json.loads(text)
        return tuple(self.of(**one) for one in found) if self.many else self.of(**found)


R = TypeVar("R", bound=Row)
Found = TypeVar("Found", bound=RunRow)
Batch = TypeVar("Batch", bound=BatchRow)


def of_run(db: Database, run_id: str, row: type[Found]) -> list[Found]:
    """The rows that a run stored in the table of `row`, in order."""
    sql = f'select {columns(row)} from "{row.TABLE}" where run_id = $run_id order by ordinal'  # noqa: S608 - names of a class
    return db.read(reader(row), sql, run_id=run_id)


def of_batches(db: Database, run_id: str, row: type[Batch]) -> list[Batch]:
    """The rows of a run's batches, in the order of the class."""
    sql = f'select {columns(row)} from "{row.TABLE}" where is_of_run(batch_id, $run_id) order by {row.ORDER}'  # noqa: S608
    return db.read(reader(row), sql, run_id=run_id)


def insert(db: Database, row: Row) -> None:
    """Add one row of a class without `KEYS`."""
    values = {name: column[0] for name, column in stored(type(row), [row]).items()}
    named, bound = (", ".join(f'"{name}"' for name in values), ", ".join(f"${name}" for name in values))
    db.execute(f'insert into "{row.TABLE}" ({named}) values ({bound})', **values)  # noqa: S608


def replace(db: Database, run_id: str, row: type[Found], rows: Sequence[Found]) -> None:
    """Store the rows of one table for a run, in order, instead of what it had."""
    db.execute(f'delete from "{row.TABLE}" where run_id = $run_id', run_id=run_id)  # noqa: S608
    if not rows:
        return
    keys = {"run_id": [run_id] * len(rows), "ordinal": list(range(len(rows)))}
    with db.incoming(incoming=keys | stored(row, rows)):
        db.execute(f'insert into "{row.TABLE}" by name select * from incoming')  # noqa: S608


def reader(row: type[R]) -> Callable[..., R]:
    """What makes a row of the values of its columns by name."""
    documents = _documents(row)
    if not documents:
        return row

    def read(**columns: Any) -> R:
        return row(**columns | {name: kind.read(columns[name]) for name, kind in documents.items()})

    return read


def stored(row: type[R], rows: Sequence[R]) -> dict[str, list[object]]:
    """Rows as columns in the form in which they are stored."""
    documents = _documents(row)
    return {
        name: [
            documents[name].text(getattr(one, name)) if name in documents else null(getattr(one, name))
            for one in rows
        ]
        for name in names(row)
    }


def names(row: type[Row]) -> tuple[str, ...]:
    """The columns of a class of rows, in its order, without its keys."""
    return tuple(one.name for one in fields(row))


def columns(row: type[Row]) -> str:
    """The same as a list of a statement."""
    return ", ".join(f'"{name}"' for name in names(row))


def null(value: object) -> object:
    """NaN as the NULL that it is stored as, an instant as its UTC without a zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return None if isinstance(value, float) and math.isnan(value) else value


def _documents(row: type[Row]) -> dict[str, Document]:
    return {one.name: one.metadata["document"] for one in fields(row) if "document" in one.metadata}
