"""Copies for readers: whole or not at all, and readable for whom the original is."""

import os
import stat

import duckdb
import pytest

from tests.warehouse.deliveries import bar, deliver
from warehouse.database.files import write_atomically
from warehouse.duckdb_file.publish import publish

pytestmark = pytest.mark.file


def read(file):
    connection = duckdb.connect(str(file), read_only=True)
    found = connection.execute("select close from bars").fetchall()
    connection.close()
    return found


def test_a_copy_that_can_be_opened_while_the_warehouse_is_in_use(warehouse):
    deliver(warehouse, [bar(100.0)])
    copy = publish(warehouse)
    assert copy == warehouse.home / "published" / "warehouse.duckdb"
    with warehouse.open():
        assert read(copy) == [(100.0,)]
    assert [file.name for file in copy.parent.iterdir()] == ["warehouse.duckdb"]


def test_a_reader_of_the_old_copy_is_not_disturbed(warehouse):
    deliver(warehouse, [bar(100.0)], batch_id="a")
    reader = duckdb.connect(str(publish(warehouse)), read_only=True)
    deliver(warehouse, [bar(101.0)], batch_id="b")
    copy = publish(warehouse)
    assert reader.execute("select close from bars").fetchall() == [(100.0,)]
    reader.close()
    assert sorted(read(copy)) == [(100.0,), (101.0,)]


def test_what_a_killed_publisher_left_is_overwritten(warehouse):
    left = warehouse.home / "published" / ".warehouse.duckdb.part"
    left.parent.mkdir()
    left.write_bytes(b"half a copy")
    deliver(warehouse, [bar(100.0)])
    assert read(publish(warehouse)) == [(100.0,)]
    assert not left.exists()


def test_who_may_read_the_warehouse_may_read_its_copy(warehouse, tmp_path):
    deliver(warehouse, [bar(100.0)])
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "report.json", "{}")
        modes = [stat.S_IMODE(file.stat().st_mode) for file in (publish(warehouse), tmp_path / "report.json")]
    finally:
        os.umask(before)
    assert modes == [0o644, 0o644]


def test_who_could_read_the_copy_before_can_read_the_next_one(warehouse):
    """So a copy is shared once, by its mode and group, and not again after each run."""
    deliver(warehouse, [bar(100.0)])
    publish(warehouse).chmod(0o640)
    assert stat.S_IMODE(publish(warehouse).stat().st_mode) == 0o640


def test_a_text_is_replaced_whole(tmp_path):
    target = tmp_path / "reports" / "r.json"
    for text in ("long " * 1000, "short – σ"):
        write_atomically(target, text)
        assert target.read_text(encoding="utf-8") == text
    assert list(target.parent.iterdir()) == [target]


def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path):
    target = tmp_path / "r.json"
    write_atomically(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(target, "\udcff")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
