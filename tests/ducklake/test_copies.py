"""Backups, pg_dump and the upkeep: what a lake holds is the same before and after."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from quant.errors import WarehouseError
from tests.warehouse.deliveries import NOW, bar, closes, deliver, held, rows
from warehouse.database.connect import connect
from warehouse.database.files import digest
from warehouse.ducklake import session
from warehouse.record.verify import broken, contents, judge, verify

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def stored(lake):
    """Two deliveries: 300 bars, so that they lie in files, and one that is restated."""
    deliver(lake, [bar(100.0 + number, f"S{number:03}") for number in range(300)])
    deliver(lake, [bar(99.0, "S000")], batch_id="two", now=LATER)
    return lake


def test_a_backup_is_a_file_that_any_duckdb_reads_and_restores_what_it_held(stored):
    taken = stored.back_up(LATER, 2, 0)
    assert held(taken.tables) == held(contents(stored.read))
    connection = connect(taken.backup.file, read_only=True)
    assert connection.execute("select count(*) from bars where known_to is null").fetchone() == (300,)
    connection.close()
    assert taken.backup.file.with_suffix(".duckdb.sha256").read_text().startswith(digest(taken.backup.file))
    deliver(stored, [bar(98.0, "S000")], batch_id="three", now=LATER + timedelta(hours=1))
    before = held(contents(stored.read))
    restored = stored.restore(LATER + timedelta(hours=2))
    assert held(restored.tables) == held(taken.tables) == held(contents(stored.read))
    [aside] = restored.aside  # nothing of what came later is lost
    with_aside = connect(aside, read_only=True)
    assert with_aside.execute("select count(*) from batches").fetchone() == (3,)
    with_aside.close()
    assert before != held(taken.tables)
    assert list(broken(judge(stored.read, LATER))) == []


def test_a_damaged_backup_is_refused_and_nothing_changes(stored):
    taken = stored.back_up(LATER, 2, 0)
    content = bytearray(taken.backup.file.read_bytes())
    content[len(content) // 2] ^= 255
    taken.backup.file.write_bytes(content)
    before = contents(stored.read)
    with pytest.raises(WarehouseError, match="no good backup, nothing was changed"):
        stored.restore(LATER)
    assert contents(stored.read) == before


def test_a_restore_brings_back_a_lake_whose_database_was_lost(stored, postgres):
    taken = stored.back_up(LATER, 2, 0)
    session.close_all()
    name = stored.place.given["dbname"]
    postgres.drop(name)
    postgres.sql(f'create database "{name}"')
    shutil.rmtree(stored.place.data)
    stored.restore(LATER)
    assert held(contents(stored.read)) == held(taken.tables)


def test_pg_dump_and_the_folder_are_a_backup_too(stored, postgres, tmp_path):
    before = contents(stored.read)
    session.close_all()
    name = stored.place.given["dbname"]
    given = ["-h", "127.0.0.1", "-p", str(postgres.port), "-U", "ballast", "-d", name]
    environment = {**os.environ, "PGPASSWORD": postgres.password}
    dump = tmp_path / "catalog"
    program = postgres.bin / "pg_dump"
    subprocess.run([program, *given, "-Fc", "-f", dump], env=environment, check=True)
    shutil.copytree(stored.place.data, tmp_path / "copy")
    postgres.drop(name)
    shutil.rmtree(stored.place.data)
    postgres.sql(f'create database "{name}"')
    subprocess.run([postgres.bin / "pg_restore", *given, dump], env=environment, check=True)
    shutil.copytree(tmp_path / "copy", stored.place.data)
    tables, found = verify(stored.read, LATER)
    assert tables == before
    assert list(broken(found)) == []


def test_a_file_that_is_gone_is_told_with_the_way_out(stored):
    files = list((stored.home / "lake").rglob("*.parquet"))
    for file in files:
        file.unlink()
    with pytest.raises(WarehouseError, match=r"a file of the DuckLake .* is missing: .*`ballast restore`"):
        rows(stored, "select sum(close) from bars")


def test_the_upkeep_leaves_every_version_and_removes_what_nothing_needs(stored):
    for number in range(4):
        some = [bar(200.0 + number + one, f"S{one:03}") for one in range(250)]
        deliver(stored, some, batch_id=f"more-{number}", now=LATER + timedelta(hours=number + 1))
    known = LATER + timedelta(hours=2, minutes=30)
    before, as_known = contents(stored.read), closes(stored, known)
    files = len(list((stored.home / "lake").rglob("*.parquet")))
    now = datetime.now(UTC)
    assert "written out" in stored.tidy(now)
    stored.tidy(now + timedelta(days=9))  # by then all of today is old
    stored.tidy(now + timedelta(days=11))
    assert contents(stored.read) == before
    assert closes(stored, known) == as_known
    assert list(broken(judge(stored.read, known))) == []
    assert files > 5
    assert len(list((stored.home / "lake" / "main" / "bars").rglob("*.parquet"))) == 1
    assert rows(stored, "select count(*) from ducklake_snapshots('warehouse')")[0][0] <= 3
    deliver(stored, [bar(1.0, "NEW")], batch_id="last", now=known + timedelta(days=1))
    assert rows(stored, "select count(*) from bars where symbol = 'NEW'") == [(1,)]


def test_readers_need_no_copy(stored):
    stored.publish()
    assert not (stored.home / "published").exists()
    assert stored.read_copy(lambda db: db.column("latest_known")) == stored.read(
        lambda db: db.column("latest_known")
    )
