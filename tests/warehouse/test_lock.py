"""The lock, between real processes: waiting, naming the holder, and a holder that is killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from quant.errors import WarehouseError
from tests.warehouse.deliveries import batch, rows
from warehouse import ingest
from warehouse.duckdb_file.backend import DuckDBFile

pytestmark = pytest.mark.file

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import sys
from pathlib import Path
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse import ingest
from tests.warehouse.deliveries import batch

with DuckDBFile(Path(sys.argv[1]), command="ballast backfill").open() as db:
    ingest.hold(db, batch("of the holder"), "because")
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holder(home):
    """Another process in the middle of a visit; it ends its visit when it is told to, or is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_process_waits_its_turn(warehouse):
    def finish():
        process.stdin.write("go on\n")
        process.stdin.flush()

    with holder(warehouse.home) as process:
        later = Timer(0.3, finish)  # by then this process is waiting
        later.start()
        with warehouse.open() as db:
            assert ingest.stored(db, "of the holder") is not None
        later.join()
        assert process.wait(20) == 0


def test_waiting_ends_with_the_holders_name(warehouse):
    impatient = DuckDBFile(warehouse.home, lock_timeout=0.2)
    with holder(warehouse.home) as process, pytest.raises(WarehouseError) as caught:
        rows(impatient, "select 1")
    sentence = str(caught.value)
    assert str(warehouse.file) in sentence
    assert f"process {process.pid} (ballast backfill, since 20" in sentence
    assert "waited 0.2 s" in sentence
    assert "BALLAST_LOCK_TIMEOUT" in sentence


def test_a_killed_holder_frees_the_lock_at_once_and_leaves_nothing_half_done(warehouse):
    impatient = DuckDBFile(warehouse.home, lock_timeout=0.2)
    with holder(warehouse.home) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        assert (warehouse.home / "warehouse.holder").exists()  # the note of the dead is not the lock
        assert rows(impatient, "select batch_id from batches") == []
    with impatient.open() as db:
        ingest.hold(db, batch("next"), "because")
    assert not (warehouse.home / "warehouse.holder").exists()


def test_a_note_that_cannot_be_read_is_another_process(warehouse):
    with holder(warehouse.home):
        (warehouse.home / "warehouse.holder").write_text("{torn")
        with pytest.raises(WarehouseError, match="in use by another process"):
            rows(DuckDBFile(warehouse.home, lock_timeout=0.1), "select 1")


def test_a_filesystem_without_locks_is_refused_not_worked_around(warehouse, monkeypatch):
    """A soft lock file would outlive a killed process and stop everybody."""
    import fcntl

    def flock(descriptor, operation):
        raise OSError(38, os.strerror(38))  # ENOSYS: what such a filesystem answers

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(WarehouseError, match=r"cannot be locked.*local disk"):
        rows(warehouse, "select 1")
