"""The log, and its way into the file: killed at any point, everything is there once."""

import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager

import duckdb
import pytest

from benchmarks._model import look, look_at_copy, store
from benchmarks._stress import FORKS, TURNS, fold_killed_everywhere
from quant.errors import WarehouseError
from warehouse.database.connect import connect
from warehouse.database.database import Database
from warehouse.duckdb_file import log as logged
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.log import fold, folded, log_of
from warehouse.record.verify import contents

pytestmark = pytest.mark.file

PROGRAM = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reads")
print("open", flush=True)
input()
connection.close()
"""


@pytest.fixture
def file(tmp_path):
    """A warehouse whose file holds two deliveries and whose log holds a third."""
    for number in (1, 2):
        store(tmp_path, number)
    file = DuckDBFile(tmp_path).file
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
    for number in range(4, 6):
        store(tmp_path, number)
    assert file.read_bytes() == before
    assert look(tmp_path) == list(range(1, 6))


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
    with full(file.stat().st_size - 1), DuckDBFile(tmp_path).open() as db:
        db.connection.execute("update batches set digest = 'seen' where batch_id = '3'")
    assert names(tmp_path) == {"warehouse.duckdb", "warehouse.duckdb.wal"}
    with DuckDBFile(tmp_path).open() as db:
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


@pytest.mark.long
@pytest.mark.parametrize("much", [2**26, 0], ids=["small blocks", "large blocks"])
def test_killed_before_any_line_of_a_fold_everything_is_there_once(file, tmp_path, much):
    before = read(file)
    murder = FORKS.Process(target=fold_killed_everywhere, args=(file, much))
    murder.start()
    murder.join()
    assert murder.exitcode == 0
    homes = list(tmp_path.glob("killed-*"))
    left = {frozenset(names(home)) for home in homes}
    name, log, part, came = (f"warehouse.duckdb{end}" for end in ("", ".wal", ".part", ".folded"))
    for found in ({name, log, part}, {name, log, came}, {name, came}, {name}):
        assert frozenset(found) in left
    settled = {}
    for home in homes:
        logged.settle(home / name)
        settled[tuple((home / kept).read_bytes() for kept in sorted(names(home) & {name, log}))] = home
    for home in settled.values():  # most kills leave the same bytes
        assert read(home / name) == before


def read(file):
    """What every table of a file and its log holds."""
    connection = connect(file, in_place=False)
    try:
        return contents(Database(connection).visit)
    finally:
        connection.close()


@contextmanager
def another_program(file, mode):
    """The file is open in a program that knows nothing of Ballast; it closes it at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, file, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout.readline() == "open\n"
        yield
        program.communicate("\n")
    assert program.returncode == 0


def test_a_file_that_another_program_writes_to_is_not_folded_away_under_it(file, tmp_path):
    with another_program(file, "writes"):
        with pytest.raises(duckdb.IOException, match="Could not set lock"):
            fold(file)
        before = file.stat().st_ino
    assert file.stat().st_ino == before
    assert look(tmp_path) == [1, 2, 3]


def test_a_complete_fold_waits_for_the_program_that_writes_to_its_file(complete, file, tmp_path):
    with another_program(file, "writes"), pytest.raises(WarehouseError, match="is open in another program"):
        store(tmp_path, 4)
    store(tmp_path, 5)
    assert look(tmp_path) == [1, 2, 3, 5]


def test_a_file_that_another_program_writes_to_is_not_restored_over(file, tmp_path):
    TURNS["backup"](tmp_path, 0)
    store(tmp_path, 4)
    with another_program(file, "writes"), pytest.raises(WarehouseError, match="is open in another program"):
        TURNS["restore"](tmp_path, 0)
    assert look(tmp_path) == [1, 2, 3, 4]


def test_while_a_file_is_folded_no_other_program_can_open_it_for_writing(file):
    with logged.unshared(file), pytest.raises(AssertionError), another_program(file, "writes"):
        pass


@pytest.mark.parametrize("mode", ["reads", "writes"])
def test_a_file_that_is_open_in_another_program_is_said_to_be(file, tmp_path, mode):
    with another_program(file, mode), pytest.raises(WarehouseError, match="is open in another program"):
        look(tmp_path)


def test_a_file_that_is_a_link_is_folded_and_copied_where_it_lies(file, tmp_path):
    elsewhere = tmp_path / "other disk"
    elsewhere.mkdir()
    fold(file)
    file.rename(elsewhere / "ballast.duckdb")
    file.symlink_to(elsewhere / "ballast.duckdb")
    store(tmp_path, 4)
    TURNS["publish"](tmp_path, 0)
    assert look_at_copy(tmp_path / "published" / file.name) == [1, 2, 3, 4]
    assert file.is_symlink()
    assert [path.name for path in elsewhere.iterdir()] == ["ballast.duckdb"]
    TURNS["backup"](tmp_path, 0)
    store(tmp_path, 5)
    TURNS["restore"](tmp_path, 0)
    assert file.is_symlink()
    assert look(tmp_path) == [1, 2, 3, 4]


def test_where_a_link_leads_nowhere_no_empty_warehouse_is_begun(tmp_path):
    (tmp_path / "warehouse.duckdb").symlink_to(tmp_path / "a disk that is not there")
    with pytest.raises(WarehouseError, match="is missing, but"):
        look(tmp_path)


def test_who_may_use_the_file_may_use_its_log_and_the_folded_file(file, tmp_path):
    allowed = (0o100600, 1234, 1234) if os.geteuid() == 0 else (0o100600, os.geteuid(), os.getegid())
    file.chmod(0o600)
    os.chown(file, *allowed[1:])
    store(tmp_path, 4)
    for path in (log_of(file), file):
        found = path.stat()
        assert (found.st_mode, found.st_uid, found.st_gid) == allowed
    fold(file)
    found = file.stat()
    assert (found.st_mode, found.st_uid, found.st_gid) == allowed


def test_the_names_reach_the_disk_in_an_order_that_a_power_cut_cannot_harm(file, tmp_path, monkeypatch):
    durable = []
    flush = logged.flush

    def seen(path):
        flush(path)
        durable.append((path.name, names(tmp_path)))

    monkeypatch.setattr(logged, "flush", seen)
    fold(file)
    part, *folder = durable
    assert part[0] == "warehouse.duckdb.part"
    name, log, came = file.name, log_of(file).name, folded(file).name
    assert folder == [(tmp_path.name, found) for found in ({name, log, came}, {name, came}, {name})]
