"""How a unit of work commits: one at a time, whole, once, and done again where it came too late."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

from quant.errors import InUseError, WarehouseError
from tests.warehouse.deliveries import rows
from warehouse.ducklake.session import Session
from warehouse.record import ledger
from warehouse.record.verify import chain

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2015, 8, 24, 22, 30, tzinfo=UTC)


def append(db, subject="x"):
    return ledger.append(db, "test", subject, {}, NOW)


def interrupt(postgres, lake):
    """Cut every connection to the lake's database, as a network that breaks does."""
    name = lake.place.given["dbname"]
    postgres.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        f"where datname = '{name}' and pid <> pg_backend_pid()"
    )


def test_what_is_written_is_there_for_everybody_and_what_raises_leaves_nothing(lake):
    lake.transact(append)

    def fails(db):
        append(db)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lake.transact(fails)
    other = replace(lake, command="another")
    assert other.read(lambda db: len(ledger.entries(db))) == 1


def test_who_reads_cannot_write_and_waits_for_nobody(lake):
    with lake.open() as db:  # holds the lock
        append(db)
        assert lake.read(ledger.entries) == []
    with pytest.raises(duckdb.TransactionException, match="read-only"):
        lake.read(append)


def test_a_work_that_another_commit_came_before_is_done_again(lake, monkeypatch):
    """Nobody but Ballast may write, and Ballast holds the lock; whoever does without it spoils nothing."""
    calls = []

    def work(db):
        calls.append(None)
        entry = append(db)
        if len(calls) == 1:
            with Session(lake.place, "somebody", 5.0).begun() as cursor:  # without the lock
                cursor.execute("insert into restores values (now()::timestamp, now()::timestamp)")
                cursor.execute("commit")
        return entry

    assert lake.transact(work).seq == 1
    assert len(calls) == 2
    assert rows(lake, "select count(*) from ledger") == [(1,)]


def test_twenty_appends_of_four_at_once_make_one_chain_without_a_gap(lake):
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda one: lake.transact(lambda db: append(db, str(one))).seq, range(20)))
    assert sorted(told) == list(range(1, 21))
    assert chain(lake.read).broken == 0


def test_waiting_ends_with_the_holders_name(lake):
    impatient = replace(lake, lock_timeout=0.2)
    holder = replace(lake, command="ballast backfill")
    with (
        holder.open(),
        pytest.raises(InUseError, match=r"by ballast backfill \(since 20.*waited 0.2 s"),
    ):
        impatient.transact(append)


def test_a_connection_that_breaks_in_the_middle_leaves_nothing_and_the_work_is_done_again(lake, postgres):
    calls = []

    def work(db):
        calls.append(None)
        entry = append(db)
        if len(calls) == 1:
            interrupt(postgres, lake)
        return entry

    assert lake.transact(work).seq == 1
    assert len(calls) == 2
    assert rows(lake, "select count(*) from ledger") == [(1,)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_without_an_answer_counts_once(lake, postgres, monkeypatch, when):
    """Before: it never came. After: it came, and only the answer was lost."""
    commit, cut, calls = Session.commit, [], []

    def commits(one, cursor, mark):
        if cut:
            return commit(one, cursor, mark)
        cut.append(None)
        if when == "after":
            commit(one, cursor, mark)
        interrupt(postgres, lake)
        if when == "after":
            raise duckdb.IOException("server closed the connection unexpectedly")
        return commit(one, cursor, mark)

    def work(db):
        calls.append(None)
        return append(db)

    monkeypatch.setattr(Session, "commit", commits)
    assert lake.transact(work).seq == 1
    assert rows(lake, "select count(*) from ledger") == [(1,)]
    assert len(calls) == {"before": 2, "after": 1}[when]


HOLDER = """
import sys, time
from pathlib import Path
from warehouse.ducklake.backend import DuckLake
from warehouse.ducklake.place import Place
from warehouse.record import ledger
from tests.ducklake.test_commits import append

lake = DuckLake(Path(sys.argv[1]), Place(sys.argv[2], sys.argv[3]), 5.0, "ballast daily")
with lake.open() as db:
    append(db, "of the dead")
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_killed_holder_frees_the_lock_at_once_and_leaves_nothing_half_done(lake):
    command = [sys.executable, "-c", HOLDER, str(lake.home), lake.place.libpq, lake.place.data]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen(command, **pipes) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InUseError, match="ballast daily"):
            replace(lake, lock_timeout=0.2).transact(append)
        holder.kill()
    assert lake.transact(append).seq == 1


def test_a_server_that_is_away_is_told_in_one_sentence_and_found_again(lake, postgres):
    lake.transact(append)
    postgres.stop()
    try:
        with pytest.raises(WarehouseError) as caught:
            lake.transact(append)
    finally:
        postgres.start()
    sentence = str(caught.value)
    assert sentence.startswith(f"PostgreSQL at 127.0.0.1:{postgres.port} cannot be reached (")
    assert "Connection refused" in sentence
    assert postgres.password not in sentence
    assert "\n" not in sentence
    assert lake.transact(append).seq == 2


def test_a_unit_that_waits_sees_what_the_one_before_has_committed(lake):
    began, seen = Event(), []

    def second():
        began.wait(10)
        lake.transact(lambda db: seen.append(append(db).seq))

    other = Thread(target=second)
    other.start()
    with lake.open() as db:
        began.set()
        append(db)
    other.join(20)
    assert seen == [2]
