"""What a run found: replaced whole, kept in order, apart from every other run's."""

from dataclasses import replace as changed

import pytest

from tests.warehouse.deliveries import rows
from tests.warehouse.rows import EACH, TRADE
from warehouse.tables.found import TABLES
from warehouse.tables.table import of_run, replace

every_table = pytest.mark.parametrize("table", EACH)
with_numbers = pytest.mark.parametrize("table", [name for name, (_, number) in EACH.items() if number])


def store(warehouse, row, found, run_id="one"):
    with warehouse.open() as db:
        replace(db, run_id, type(row), found)


def stored(warehouse, row, run_id="one"):
    with warehouse.open() as db:
        return of_run(db, run_id, type(row))


def test_each_table_has_a_row_here():
    assert {row.TABLE for row in TABLES} == set(EACH)


@with_numbers
def test_rows_come_back_as_they_were_in_their_order(warehouse, table):
    row, column = EACH[table]
    found = [changed(row, **{column: number}) for number in (3.0, 0.1 + 0.2, -1e300, 1.0)]
    store(warehouse, row, found)
    assert stored(warehouse, row) == found


@with_numbers
def test_again_is_the_same_and_another_result_takes_the_place(warehouse, table):
    row, column = EACH[table]
    other = changed(row, **{column: 2.0})
    for _ in range(2):
        store(warehouse, row, [row, other])
    assert stored(warehouse, row) == [row, other]
    store(warehouse, row, [row])
    assert stored(warehouse, row) == [row]
    store(warehouse, row, [])
    assert stored(warehouse, row) == []


@every_table
def test_other_runs_keep_theirs(warehouse, table):
    row, _ = EACH[table]
    store(warehouse, row, [row], "one")
    store(warehouse, row, [row] * 2, "two' or 'x'='x")
    store(warehouse, row, [], "one")
    assert stored(warehouse, row, "two' or 'x'='x") == [row] * 2


@with_numbers
def test_what_is_not_a_number_is_stored_as_nothing(warehouse, table):
    row, column = EACH[table]
    store(warehouse, row, [changed(row, **{column: float("nan")})])
    assert getattr(stored(warehouse, row)[0], column) is None
    assert rows(warehouse, f"select count(*) from {table} where isnan({column})") == [(0,)]


@with_numbers
def test_a_column_of_nothing_but_missing_values(warehouse, table):
    row, column = EACH[table]
    found = [changed(row, **{column: None})] * 2
    store(warehouse, row, found)
    assert stored(warehouse, row) == found


def test_the_documents_of_a_trade_are_stored_as_every_version_stored_them(warehouse):
    store(warehouse, TRADE, [TRADE, changed(TRADE, costs=None, lots=None, tax=None)])
    assert rows(warehouse, "select costs, lots, tax from trades order by ordinal") == [
        (
            '{"commission": 1.0, "spread": 0.30000000000000004, "impact": null}',
            (
                '[{"acquired": "2014-01-02", "quantity": 10.0, "cost_basis": 80.0, "gain": 195.0, '
                '"term": "long", "disallowed": 0.0}]'
            ),
            '{"short_gain": 0.0, "long_gain": 195.0, "disallowed": 0.0, "tax": 39.0, "wash_until": null}',
        ),
        (None, None, None),
    ]
