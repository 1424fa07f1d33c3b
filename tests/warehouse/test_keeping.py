"""A process that keeps the file open between visits: fewer openings, and everybody else gets their turn."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from quant.errors import WarehouseError
from tests.warehouse.deliveries import batch, rows
from warehouse import ingest
from warehouse.duckdb_file import file as file_module
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.keeping import asked

pytestmark = pytest.mark.file
ROOT = Path(__file__).resolve().parents[2]
ANOTHER = """
import sys
from pathlib import Path
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse import ingest
from tests.warehouse.deliveries import batch

warehouse = DuckDBFile(Path(sys.argv[1]), 20.0)
for name in sys.argv[2:]:
    warehouse.transact(lambda db: ingest.hold(db, batch(name), "because"))
"""
KEEPER = """
import sys, time
from pathlib import Path
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse import ingest
from tests.warehouse.deliveries import batch

warehouse = DuckDBFile(Path(sys.argv[1]))
with warehouse.keeping():
    for number in range(3):
        warehouse.transact(lambda db: ingest.hold(db, batch(f"kept {number}"), "because"))
    with warehouse.open() as db:
        ingest.hold(db, batch("not committed"), "because")
        print("in the middle", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def openings(monkeypatch):
    """The times that the file was opened."""
    seen, real = [], file_module.connect

    def connect(*given, **named):
        seen.append(given)
        return real(*given, **named)

    monkeypatch.setattr(file_module, "connect", connect)
    return seen


def process(home, script, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(home), *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def put(warehouse, name):
    warehouse.transact(lambda db: ingest.hold(db, batch(name), "because"))


def names(warehouse):
    return sorted(name for (name,) in rows(warehouse, "select batch_id from batches"))


def test_the_file_is_opened_once_for_all_visits(warehouse, openings):
    put(warehouse, "before")
    openings.clear()
    with warehouse.keeping():
        for number in range(5):
            put(DuckDBFile(warehouse.home), f"{number}")  # also by another object
        with DuckDBFile(warehouse.home).keeping():
            assert len(names(warehouse)) == 6
        assert len(names(warehouse)) == 6
    assert len(openings) == 1
    assert len(names(warehouse)) == 6
    assert len(openings) == 2
    assert not (warehouse.home / "warehouse.holder").exists()


def test_another_process_gets_every_turn_that_it_asks_for(warehouse, openings):
    put(warehouse, "first")
    with warehouse.keeping():
        put(warehouse, "kept")
        other = process(
            warehouse.home, ANOTHER, "a", "b", "c"
        )  # this one computes meanwhile, and makes no visit
        assert other.wait(30) == 0
        assert len(names(warehouse)) == 5
        other = process(warehouse.home, ANOTHER, "d", "e", "f")
        number = 0
        while other.poll() is None:  # this one never stops visiting
            put(warehouse, f"again {number}")
            number += 1
        assert other.returncode == 0
    assert len(openings) < number  # most visits needed none
    assert not asked(warehouse.home).exists()


def test_the_mark_of_one_that_died_waiting_costs_one_opening(warehouse, openings):
    put(warehouse, "first")
    asked(warehouse.home).touch()
    openings.clear()
    with warehouse.keeping():
        put(warehouse, "second")
        deadline = time.monotonic() + 20
        while asked(warehouse.home).exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for number in range(5):
            put(warehouse, f"more {number}")
    assert len(openings) == 2


def test_nobody_came_for_a_while(warehouse, openings):
    """Programs that are not ours find the file free while a vendor or a channel takes its time."""
    with warehouse.keeping():
        put(warehouse, "first")
        deadline = time.monotonic() + 20
        while (warehouse.home / "warehouse.holder").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with duckdb.connect(str(warehouse.file), read_only=True) as db:
            assert db.execute("select batch_id from batches").fetchall() == [("first",)]
        openings.clear()
        put(warehouse, "second")
    assert len(openings) == 1


def test_two_that_keep_share(warehouse):
    put(warehouse, "first")
    short = KEEPER.partition("    with warehouse.open")[0]
    keepers = [process(warehouse.home, short.replace("kept ", f"{name} ")) for name in ("one", "other")]
    assert [one.wait(30) for one in keepers] == [0, 0]
    assert len(names(warehouse)) == 7


def test_killed_while_it_keeps_what_was_committed_is_there(warehouse):
    put(warehouse, "first")
    keeper = process(warehouse.home, KEEPER)
    assert keeper.stdout.readline() == "in the middle\n"
    keeper.send_signal(signal.SIGKILL)
    keeper.wait(20)
    assert names(DuckDBFile(warehouse.home, lock_timeout=1.0)) == ["first", "kept 0", "kept 1", "kept 2"]


def test_an_error_undoes_its_own_visit_and_no_other(warehouse):
    def work(db):
        ingest.hold(db, batch("undone"), "because")
        raise WarehouseError("no")

    with warehouse.keeping():
        put(warehouse, "before")
        with pytest.raises(WarehouseError, match="no"):
            warehouse.transact(work)
        put(warehouse, "after")
    assert names(warehouse) == ["after", "before"]


def test_a_read_visit_writes_nothing_also_while_the_file_is_kept(warehouse):
    put(warehouse, "before")
    with warehouse.keeping():
        with pytest.raises(WarehouseError):
            warehouse.read(lambda db: ingest.hold(db, batch("sly"), "because"))
        assert names(warehouse) == ["before"]


def test_threads_take_turns(warehouse):
    def visits(thread):
        for number in range(10):
            put(warehouse, f"{thread} {number}")

    with warehouse.keeping():
        threads = [threading.Thread(target=visits, args=(number,)) for number in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(names(warehouse)) == 40


def test_a_copy_and_a_long_log_while_the_file_is_kept(warehouse, monkeypatch):
    with warehouse.keeping():
        put(warehouse, "first")
        warehouse.publish()
        put(warehouse, "second")
        monkeypatch.setattr(file_module, "is_long", lambda _: True)  # each visit has it folded
        put(warehouse, "third")
        assert not (warehouse.home / "warehouse.duckdb.wal").exists()
        assert names(warehouse) == ["first", "second", "third"]
    assert warehouse.read_copy(lambda db: ingest.stored(db, "first")) is not None


def test_who_waits_is_told_who_keeps_it(warehouse):
    put(warehouse, "first")
    entered, leave = threading.Event(), threading.Event()

    def long_visit():
        with warehouse.keeping(), warehouse.open():
            entered.set()
            leave.wait(20)

    thread = threading.Thread(target=long_visit)
    thread.start()
    entered.wait(20)
    began = time.monotonic()
    other = process(warehouse.home, ANOTHER.replace("20.0", "0.3"), "late")
    assert other.wait(30) != 0  # a visit is never interrupted
    assert time.monotonic() - began > 0.3
    leave.set()
    thread.join()
