"""A new warehouse has small blocks; once it holds much it gets large ones, whole or not at all."""

from datetime import UTC, datetime

import duckdb
import pytest

from benchmarks._model import store
from warehouse.duckdb_file import blocks
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.log import fold, log_of
from warehouse.record import verify

pytestmark = pytest.mark.file

NOW = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path):
    for number in (1, 2):
        store(tmp_path, number)
    return DuckDBFile(tmp_path)


def block_size(warehouse):
    with duckdb.connect(str(warehouse.file)) as connection:
        return connection.execute("select block_size from pragma_database_size()").fetchone()[0]


def files(warehouse):
    return sorted(file.name for file in warehouse.home.glob("*.duckdb*"))


def rows(warehouse):
    return warehouse.read(lambda db: verify.contents(db.visit))


def test_a_new_warehouse_has_small_blocks_and_keeps_them_while_it_is_small(warehouse):
    fold(warehouse.file)
    assert block_size(warehouse) == 2**14


def test_once_it_holds_much_its_blocks_are_large_and_all_else_is_the_same(warehouse, monkeypatch):
    warehouse.file.chmod(0o640)
    before = rows(warehouse)
    monkeypatch.setattr(blocks, "MUCH", 0)
    fold(warehouse.file)
    assert (block_size(warehouse), log_of(warehouse.file).exists()) == (2**18, False)
    assert rows(warehouse) == before
    assert warehouse.file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in warehouse.read(lambda db: verify.judge(db.visit, NOW)) if one.broken] == []
    store(warehouse.home, 3)
    fold(warehouse.file)
    assert block_size(warehouse) == 2**18
    assert files(warehouse) == ["warehouse.duckdb"]


@pytest.mark.parametrize("failure", ["copy", "rows"])
def test_where_that_fails_nothing_has_changed(warehouse, monkeypatch, failure):
    before = rows(warehouse)
    monkeypatch.setattr(blocks, "MUCH", 0)
    if failure == "copy":
        monkeypatch.setattr(blocks, "LARGE_BLOCK", 2**18 + 1)  # which DuckDB refuses
    else:
        seen = iter(range(2))
        monkeypatch.setattr(blocks, "_rows", lambda _: next(seen))
    with pytest.raises(duckdb.Error):
        fold(warehouse.file)
    assert log_of(warehouse.file).exists()
    assert rows(warehouse) == before
    assert files(warehouse) == ["warehouse.duckdb", "warehouse.duckdb.wal"]
