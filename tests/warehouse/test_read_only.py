"""A HOME that may not be written can still be read, and nothing in it changes."""

import os
from contextlib import contextmanager

import pytest

from quant.errors import WarehouseError
from tests.warehouse.deliveries import bar, deliver, rows
from warehouse.duckdb_file.log import log_of
from warehouse.ingest import latest_known

pytestmark = pytest.mark.file

NOBODY = 65534


@contextmanager
def reading_only(home):
    """Without the right to write to HOME; root, whom no mode binds, becomes somebody else meanwhile."""
    files = [path for path in home.iterdir() if path.is_file()]
    modes = {path: path.stat().st_mode for path in (home, *files)}
    for path in files:
        path.chmod(0o444)
    home.chmod(0o555)
    was = os.geteuid()
    ancestors = {
        folder: folder.stat().st_mode for folder in home.parents if not folder.stat().st_mode & 0o001
    }
    if was == 0:
        for folder, mode in ancestors.items():
            folder.chmod(mode | 0o055)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)
        for path, mode in {**modes, **ancestors}.items():
            path.chmod(mode)


def contents(home):
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_what_is_stored_is_read_its_log_too_and_nothing_is_written(warehouse):
    deliver(warehouse, [bar(100.0)])
    assert log_of(warehouse.file).exists()
    before = contents(warehouse.home)
    with reading_only(warehouse.home):
        found = rows(warehouse, "select close from bars where known_to is null")
        assert warehouse.read(latest_known) == warehouse.transact(latest_known) is not None
        with pytest.raises(WarehouseError, match=r"cannot be written.*let whoever runs Ballast write to it"):
            rows(warehouse, "update bars set close = 1")
    assert found == [(100.0,)]
    assert contents(warehouse.home) == before


def test_an_older_warehouse_asks_for_one_visit_that_may_write(warehouse):
    rows(warehouse, "delete from migrations where version = 0")
    with reading_only(warehouse.home), pytest.raises(WarehouseError, match="brought to this one"):
        rows(warehouse, "select 1")
