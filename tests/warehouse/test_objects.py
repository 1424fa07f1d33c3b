"""A received file holds our tables, views and macros, or is refused; its names and texts never act."""

import shutil

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.errors import WarehouseError
from tests.warehouse.deliveries import NOW, bar, deliver, rows
from warehouse.database.connect import connect
from warehouse.database.objects import identifier, make_ours
from warehouse.duckdb_file.log import fold
from warehouse.duckdb_file.restore import restore
from warehouse.record import verify

pytestmark = pytest.mark.file


@pytest.fixture
def received(warehouse, tmp_path):
    """A warehouse that somebody else has changed by SQL, moved out of its HOME."""

    def change(sql):
        file = tmp_path / "received.duckdb"
        fold(warehouse.file)
        shutil.copyfile(warehouse.file, file)
        with duckdb.connect(str(file)) as connection:
            connection.execute(sql)
        return file

    return change


def refuse(file):
    connection = connect(file)
    try:
        make_ours(connection, file)
    finally:
        connection.close()


FOREIGN = {
    "a table": ("create table extra (x integer)", "table 'extra'"),
    "a name that ends the identifier": (
        """create table "bars; copy (select 42) to 'OUT'; --" (x integer)""",
        "table .bars; copy",
    ),
    "a quoted name": ("""create table "a""b" (x integer)""", """table 'a"b'"""),
    "a schema": ('create schema "x\'); drop table bars; --"', r"schema \"x'\); drop"),
    "a table in a schema": ("create schema more; create table more.bars (x integer)", "schema 'more'"),
    "a sequence": ("create sequence s", "sequence 's'"),
    "a type": ("create type mood as enum ('a')", "type 'mood'"),
    "an index": ("create index i on bars (symbol)", "index 'i'"),
    "a changed table": ("alter table notices add column spy varchar default 'x'", "table 'notices'"),
    "a default that reads a file": (
        "alter table bars alter column source set default (getvariable('x'))",
        "table 'bars'",
    ),
    "letters that a terminal obeys": ('create table "\x1b[2Jx" (x integer)', r"'\\x1b\[2Jx'"),
}


@pytest.mark.parametrize(("sql", "words"), FOREIGN.values(), ids=FOREIGN.keys())
def test_an_object_that_no_migration_made_is_refused(received, sql, words):
    with pytest.raises(WarehouseError, match=words):
        refuse(received(sql))


def test_restore_refuses_a_file_whose_table_name_is_a_statement(warehouse, received, tmp_path):
    deliver(warehouse, [bar(100.0)])
    out = tmp_path / "out.csv"
    file = received(f"""create table "bars; copy (select 42) to '{out}'; --" (x integer)""")
    before = warehouse.file.read_bytes()
    with pytest.raises(WarehouseError, match=r"nothing was changed.*comes from no migration"):
        restore(warehouse, NOW, str(file))
    assert warehouse.file.read_bytes() == before
    assert not out.exists()


SHADOWS = [
    "create macro hash(x) as 42",
    "create or replace macro differs(a, b) as false",
    "create macro evil() as table select 1",
    "create or replace view quarantined_rows as select 42 as row_id",
    "create view mine as select * from bars",
]


def test_views_and_macros_of_a_received_file_are_made_anew(warehouse, received):
    deliver(warehouse, [bar(100.0)])
    restore(warehouse, NOW, str(received("; ".join(SHADOWS))))
    assert rows(warehouse, "select close from prices_asof(timestamp '2035-01-01')") == [(100.0,)]
    assert not verify.only_ours(warehouse.read).broken


@pytest.mark.parametrize("sql", ["create macro hash(x) as 42", "create view mine as select 1"])
def test_verify_names_what_is_not_ours(warehouse, sql):
    assert verify.only_ours(warehouse.read).broken == 0
    rows(warehouse, sql)
    found = verify.only_ours(warehouse.read)
    assert found.broken == 1
    assert found.first
    assert repr(sql.split()[2].partition("(")[0]) in found.first


@pytest.fixture(scope="module")
def memory():
    connection = connect(":memory:")
    yield connection
    connection.close()


@given(name=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_quoted_identifier_is_one_name_whatever_letters_it_has(memory, name):
    memory.execute(f"create table {identifier(name)} (x integer)")
    assert memory.execute("select table_name from duckdb_tables()").fetchall() == [(name,)]
    memory.execute(f"drop table {identifier(name)}")


REACHES = [
    "select * from read_text('/etc/hostname')",
    "select * from read_csv('/etc/passwd')",
    "copy (select 1) to 'OUT'",
    "attach 'OUT' as other",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set allowed_directories = ['/']",
    "select * from warehouse",
]


@pytest.mark.parametrize("sql", REACHES)
def test_a_query_reaches_no_file_extension_or_variable_beside_the_warehouse(warehouse, tmp_path, sql):
    out = tmp_path / "out"
    with pytest.raises(duckdb.Error), warehouse.open() as db:
        db.connection.execute(sql.replace("OUT", str(out)))
    assert not out.exists()
