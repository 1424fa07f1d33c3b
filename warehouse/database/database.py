"""An open connection that runs the named queries of warehouse/queries, and what works on one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import duckdb

if TYPE_CHECKING:
    import pyarrow as pa

QUERIES = Path(__file__).parents[1] / "queries"


Result = TypeVar("Result")
Row = TypeVar("Row")
Columns = Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class Database:
    """An open connection that runs the named queries of warehouse/queries."""

    connection: duckdb.DuckDBPyConnection

    def run(self, name: str, **values: object) -> int:
        """Execute a query; the number of rows that it changed."""
        count = self._execute(name, values).fetchone()
        return int(count[0]) if count else 0

    def select(self, row: Callable[..., Row], name: str, **values: object) -> list[Row]:
        """The rows of a query, each as a `row`, whose parameters are the columns by name."""
        return _as(row, self._execute(name, values))

    def first(self, row: Callable[..., Row], name: str, **values: object) -> Row | None:
        """The first row of a query, or None."""
        return next(iter(self.select(row, name, **values)), None)

    def column(self, name: str, **values: object) -> list[Any]:
        """The values of the only column of a query."""
        return [_utc(value) for (value,) in self._execute(name, values).fetchall()]

    def read(self, row: Callable[..., Row], sql: str, **values: object) -> list[Row]:
        """The rows of a statement that warehouse/tables makes from a class of rows."""
        return _as(row, self.connection.execute(sql, values))

    def execute(self, sql: str, **values: object) -> None:
        """Run a statement that warehouse/tables makes from a class of rows."""
        self.connection.execute(sql, values)

    def arrow(self, name: str, **values: object) -> pa.Table:
        """The rows of a query as an Arrow table."""
        return self._execute(name, values).to_arrow_table()

    def visit(self, work: Callable[[Database], Result]) -> Result:
        """What `work` returns: this connection for whoever would make visits of its own."""
        return work(self)

    @contextmanager
    def incoming(self, **tables: pa.Table | Columns) -> Iterator[None]:
        """Make Arrow tables, or lists by column name, visible to queries under their keyword's name."""
        for name, table in tables.items():
            self.connection.register(name, _arrow(table) if isinstance(table, Mapping) else table)
        try:
            yield
        finally:
            for name in tables:
                self.connection.unregister(name)

    def _execute(self, name: str, values: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(_sql(name), dict(values))


Work = Callable[[Database], Result]
"""What is done in one visit to a database."""


class Visit(Protocol):
    """Does a piece of work in a visit of its own."""

    def __call__(self, work: Work[Result], /) -> Result:
        """What `work` returns."""


def _arrow(columns: Columns) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - a seventh of a second, and many commands hand nothing over

    return pa.table(dict(columns))


def _as(row: Callable[..., Row], found: duckdb.DuckDBPyConnection) -> list[Row]:
    columns = [column[0] for column in found.description or ()]
    return [row(**dict(zip(columns, map(_utc, values), strict=True))) for values in found.fetchall()]


def _utc(value: object) -> object:
    """Instants are UTC in storage; DuckDB hands them back without saying so."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@cache
def _sql(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
