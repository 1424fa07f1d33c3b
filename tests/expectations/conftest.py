"""A staging file as docs/architecture.md describes it, and rows that are good until a test spoils them."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from expectations import Verdict, validate

TABLES = """
create table bars (row_id bigint, symbol varchar, session date, open double, high double, low double,
    close double, volume double, copies bigint, reference_close double, reference_sigma double,
    busy bigint, fault varchar, fault_value double);
create table actions (row_id bigint, symbol varchar, ex_date date, kind varchar, value double,
    derived boolean, fault varchar, fault_value double);
create table coverage (row_id bigint, symbol varchar, calendar varchar, session date, last_session date,
    rows bigint);
create table calendar (calendar varchar, session date);
create table begins (calendar varchar, session date);
create table rejected (table_name varchar, row_id bigint, symbol varchar, session date, rule varchar,
    value double, words varchar);
create table accepted (table_name varchar, row_id bigint);
insert into begins values ('XNYS', '2023-12-29');
insert into calendar select 'XNYS', unnest(date_list) from (values ([date '2024-01-02', date '2024-01-03',
    date '2024-01-04', date '2024-01-05', date '2024-01-08'])) as days (date_list);
"""
RUN = date(2024, 1, 5)  # a Friday; the calendar also knows the Monday after it
GOOD = {
    "bars": {
        "symbol": "SPY",
        "session": RUN,
        "open": 100.0,
        "high": 102.0,
        "low": 98.0,
        "close": 101.0,
        "volume": 1e6,
        "reference_close": 100.0,
        "reference_sigma": None,
    },
    "actions": {"symbol": "SPY", "ex_date": RUN, "kind": "dividend", "value": 1.5, "derived": False},
    "coverage": {"symbol": "SPY", "calendar": "XNYS", "session": RUN, "last_session": RUN, "rows": 1},
}


class Staging:
    """An in-memory staging file. Rows get ascending row ids over all tables."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(TABLES)
        self.rows = 0

    def add(self, table: str, **changes: object) -> int:
        """Adds a good row with some values changed; returns its row_id."""
        self.rows += 1
        row = {"row_id": self.rows, **GOOD[table], **changes}
        marks = ", ".join("?" * len(row))
        self.connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values())
        )
        return self.rows

    def validate(self) -> Verdict:
        return validate(self.connection, None, "batch")

    def rejected(self) -> list[tuple]:
        """(table_name, symbol, rule) of every rejected row, sorted."""
        query = "select table_name, symbol, rule from rejected order by all"
        return self.connection.execute(query).fetchall()

    def verdict_on(self, row_id: int) -> dict[str, float | None]:
        """The rules that a row broke, each with its value."""
        query = "select rule, value from rejected where row_id = ?"
        return dict(self.connection.execute(query, [row_id]).fetchall())


@pytest.fixture
def empty() -> Iterator[Staging]:
    staging = Staging()
    yield staging
    staging.connection.close()


@pytest.fixture
def staging(empty: Staging) -> Staging:
    """One asked symbol with its good bar."""
    empty.add("coverage")
    empty.add("bars")
    return empty
