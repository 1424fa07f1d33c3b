"""Each class of warehouse/tables has the columns of its table: the same names, types and NULLs."""

import importlib
import pkgutil
import types
from dataclasses import fields
from datetime import date, datetime
from typing import Literal, Union, get_args, get_origin, get_type_hints

import pytest

from warehouse import tables
from warehouse.tables.table import Row, names

TYPES = {
    str: {"VARCHAR", "JSON"}, float: {"DOUBLE"}, int: {"INTEGER", "BIGINT"}, bool: {"BOOLEAN"},
    date: {"DATE"}, datetime: {"TIMESTAMP"},
}  # fmt: skip


def every_class():
    for module in pkgutil.iter_modules(tables.__path__):
        found = vars(importlib.import_module(f"{tables.__name__}.{module.name}")).values()
        yield from (
            one for one in found if isinstance(one, type) and issubclass(one, Row) and "TABLE" in vars(one)
        )


def sql_types(annotation):
    """The types of DuckDB that may hold what is so annotated, and whether NULL is among its values."""
    options = get_args(annotation) if get_origin(annotation) in {Union, types.UnionType} else (annotation,)
    named = [str if get_origin(one) is Literal else one for one in options if one is not type(None)]
    (kind,) = named
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        return {f"{one}[]" for one in TYPES[item]}, type(None) in options
    return TYPES[kind], type(None) in options


@pytest.mark.parametrize("row", every_class(), ids=lambda row: row.TABLE)
def test_a_class_of_rows_has_the_columns_of_its_table(warehouse, row):
    with warehouse.open() as db:
        found = db.connection.execute(f'describe "{row.TABLE}"').fetchall()
    stored = {name: (kind, null == "YES") for name, kind, null, *_ in found if name not in row.KEYS}
    hints = get_type_hints(row)
    documents = {one.name for one in fields(row) if "document" in one.metadata}
    told = {name: ({"VARCHAR"}, True) if name in documents else sql_types(hints[name]) for name in names(row)}
    assert set(told) == set(stored)
    for name, (kind, null) in stored.items():
        kinds, may_be_none = told[name]
        assert kind in kinds, name
        assert null == may_be_none, name


def test_every_table_has_a_class_but_those_that_are_columns_or_written_by_a_query(warehouse):
    with warehouse.open() as db:
        ours = "select table_name from duckdb_tables() where database_name = current_database()"
        tables = db.connection.execute(ours).fetchall()
    without = {name for (name,) in tables} - {row.TABLE for row in every_class()}
    assert without == {"bars", "vendor_adjusted", "decisions", "migrations"}
