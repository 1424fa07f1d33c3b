"""The log, and its way into the file: killed at any point, everything is there once."""

import resource
import shutil
from contextlib import contextmanager

import pytest

from benchmarks._model import look, store
from benchmarks._stress import TURNS
from warehouse import logged
from warehouse.connection import Warehouse
from warehouse.logged import fold, folded, log_of


@pytest.fixture
def file(tmp_path):
    """A warehouse whose file holds two deliveries and whose log holds a third."""
    for number in (1, 2):
        store(tmp_path, number)
    file = Warehouse(tmp_path).file
    fold(file)
    store(tmp_path, 3)
    return file


@pytest.fixture
def complete(file, tmp_path):
    """The folded file, as a kill before it takes its name leaves it; file and log are as they were."""
    elsewhere = tmp_path / "elsewhere" / file.name
    elsewhere.parent.mkdir()
    shutil.copy(file, elsewhere)
    shutil.copy(log_of(file), log_of(elsewhere))
    fold(elsewhere)
    elsewhere.replace(folded(file))
    return folded(file)


def names(folder):
    return {path.name for path in folder.glob("*warehouse.duckdb*")}


@contextmanager
def full(size):
    """No file of this process can grow beyond `size` bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_visit_never_writes_into_what_the_file_holds(file, tmp_path):
    before = file.read_bytes()
    for number in range(4, 10):
        store(tmp_path, number)
    assert file.read_bytes() == before
    assert look(tmp_path) == list(range(1, 10))


def test_folded_it_is_one_file_with_all(file, tmp_path):
    fold(file)
    assert names(tmp_path) == {"warehouse.duckdb"}
    assert look(tmp_path) == [1, 2, 3]


def test_a_file_without_a_log_is_left_as_it_is(file):
    fold(file)
    before = file.stat()
    fold(file)
    assert file.stat() == before


def test_a_long_log_is_folded_at_the_end_of_a_visit(file, tmp_path, monkeypatch):
    monkeypatch.setattr(logged, "LEAST", 1)
    monkeypatch.setattr(logged, "SHARE", 2**40)
    store(tmp_path, 4)
    assert names(tmp_path) == {"warehouse.duckdb"}
    assert look(tmp_path) == [1, 2, 3, 4]


def test_a_short_log_beside_a_large_file_stays(file, tmp_path, monkeypatch):
    monkeypatch.setattr(logged, "LEAST", 1)
    monkeypatch.setattr(logged, "SHARE", 1)
    look(tmp_path)
    assert log_of(file).exists()


def test_a_visit_whose_log_cannot_be_folded_has_still_committed(file, tmp_path, monkeypatch):
    monkeypatch.setattr(logged, "LEAST", 1)
    monkeypatch.setattr(logged, "SHARE", 2**40)
    with full(file.stat().st_size - 1), Warehouse(tmp_path).open() as db:
        db.connection.execute("update batches set digest = 'seen' where batch_id = '3'")
    assert names(tmp_path) == {"warehouse.duckdb", "warehouse.duckdb.wal"}
    with Warehouse(tmp_path).open() as db:
        found = db.connection.execute("select count(*) from batches where digest = 'seen'").fetchall()
    assert found == [(1,)]


def test_half_a_copy_is_in_nobodys_way(file, tmp_path):
    for left in ("warehouse.duckdb.part", "warehouse.duckdb.part.wal"):
        (tmp_path / left).write_bytes(b"half")
    assert look(tmp_path) == [1, 2, 3]
    fold(file)
    assert names(tmp_path) == {"warehouse.duckdb"}
    assert look(tmp_path) == [1, 2, 3]


@pytest.mark.parametrize("log_is_gone", [False, True], ids=["log still there", "log gone"])
@pytest.mark.parametrize("turn", ["ingest", "fold", "publish", "backup"])
def test_a_fold_that_was_killed_before_its_end_is_finished(complete, file, tmp_path, turn, log_is_gone):
    if log_is_gone:
        log_of(file).unlink()
    TURNS[turn](tmp_path, 4)
    assert not complete.exists()
    stored = [4] if turn in {"ingest", "fold"} else []
    assert look(tmp_path) == [1, 2, 3, *stored]


def test_a_fold_that_was_killed_does_not_undo_a_restore(file, tmp_path):
    TURNS["backup"](tmp_path, 0)
    store(tmp_path, 4)
    shutil.copy(file, folded(file))
    TURNS["restore"](tmp_path, 0)
    assert look(tmp_path) == [1, 2, 3]
