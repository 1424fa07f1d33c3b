"""Backups: checked before they are called so, rotated, and brought back without losing what lay there."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.errors import InputError, WarehouseError
from tests.warehouse.deliveries import NOW, bar, deliver, held, rows
from warehouse.duckdb_file import backup
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.backup import backups, is_due, kept, seal_of
from warehouse.duckdb_file.restore import restore
from warehouse.record.verify import contents

pytestmark = pytest.mark.file

DAY_LATER = NOW + timedelta(days=1)
CLOSES = "select close from bars where known_to is null"


def take(warehouse, now=NOW, daily=7, weekly=4):
    return warehouse.back_up(now, daily, weekly)


def test_a_backup_is_the_warehouse_whole_and_sealed(warehouse):
    deliver(warehouse, [bar(100.0)])
    taken = take(warehouse)
    assert taken.backup.file == warehouse.home / "backups" / "warehouse-20150824T223000Z.duckdb"
    assert taken.backup.file.read_bytes() == warehouse.file.read_bytes()
    assert taken.tables == contents(warehouse.read)
    assert backups(warehouse.home) == [taken.backup]
    sealed = subprocess.run(
        ["sha256sum", "-c", seal_of(taken.backup).name],
        cwd=taken.backup.file.parent,
        capture_output=True,
        check=True,
    )
    assert sealed.stdout.decode() == f"{taken.backup.file.name}: OK\n"
    assert {file.name for file in taken.backup.file.parent.iterdir() if file.name[0] != "."} == {
        taken.backup.file.name,
        seal_of(taken.backup).name,
    }


def test_a_warehouse_that_breaks_an_invariant_is_not_backed_up_and_older_backups_stay(warehouse):
    deliver(warehouse, [bar(100.0)])
    good = take(warehouse).backup
    rows(warehouse, "update bars set close = -1")
    with pytest.raises(
        WarehouseError, match=r"prices_are_positive: .* first by the bar of SPY on 2015-08-24"
    ):
        take(warehouse, DAY_LATER, daily=1, weekly=0)
    assert backups(warehouse.home) == [good]
    assert not list(good.file.parent.glob("*.part"))


def test_without_a_warehouse_there_is_nothing_to_back_up(tmp_path):
    with pytest.raises(InputError, match="there is no warehouse in"):
        take(DuckDBFile(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_due_after_a_day_and_when_the_clock_went_back(warehouse):
    assert is_due(warehouse.home, NOW)
    take(warehouse)
    due = {hours: is_due(warehouse.home, NOW + timedelta(hours=hours)) for hours in (-1, 0, 23, 24, 100)}
    assert due == {-1: True, 0: False, 23: False, 24: True, 100: True}


def test_older_backups_make_room_and_other_files_are_left_alone(warehouse):
    folder = warehouse.home / "backups"
    folder.mkdir()
    for name in ("mine.duckdb", "warehouse-20150101T000000Z.duckdb.sha256"):
        (folder / name).write_text("")
    taken = [take(warehouse, NOW + timedelta(days=days), daily=2, weekly=0) for days in range(4)]
    assert [one.removed for one in taken[2:]] == [[taken[0].backup.file], [taken[1].backup.file]]
    assert backups(warehouse.home) == [taken[3].backup, taken[2].backup]
    left = {file.name for file in folder.iterdir()}
    assert left == {"mine.duckdb", ".lock"} | {
        name.name for one in taken[2:] for name in (one.backup.file, seal_of(one.backup))
    }


def test_which_backups_stay():
    # 2024-07-01 is a Monday: the weeks begin on 1, 8, 15, 22 and 29 July.
    evenings = [datetime(2024, 7, day, hour, tzinfo=UTC) for day in range(1, 31) for hour in (9, 18)]
    stay = kept(evenings, daily=3, weekly=3)
    # The last three days, and the last of each of three weeks: 30 (again), 28 (again) and 21 July.
    assert sorted(at.day for at in stay) == [21, 28, 29, 30]
    assert {at.hour for at in stay} == {18}


@given(
    st.lists(st.datetimes(timezones=st.just(UTC)), unique=True),
    st.integers(1, 10),
    st.integers(0, 10),
)
def test_the_newest_always_stays_and_not_more_than_asked(instants, daily, weekly):
    stay = kept(instants, daily, weekly)
    assert stay <= set(instants)
    assert len(stay) <= daily + weekly
    assert not instants or max(instants) in stay
    assert kept(sorted(stay), daily, weekly) == stay


def test_restore_goes_back_and_keeps_what_lay_there(warehouse):
    deliver(warehouse, [bar(100.0)], batch_id="a")
    taken = take(warehouse)
    deliver(warehouse, [bar(101.0)], batch_id="b")
    damaged = b"x" * 50_000
    warehouse.file.write_bytes(damaged)
    for log in ("wal", "wal.checkpoint", "wal.recovery"):
        warehouse.file.with_name(f"warehouse.duckdb.{log}").write_text(log)
    outcome = restore(warehouse, DAY_LATER)
    assert rows(warehouse, CLOSES) == [(100.0,)]
    assert (outcome.file, outcome.taken_at, outcome.passed_over) == (taken.backup.file, NOW, [])
    assert held(outcome.tables) == held(taken.tables)
    assert [file.read_bytes() for file in outcome.aside] == [
        damaged,
        b"wal",
        b"wal.checkpoint",
        b"wal.recovery",
    ]
    assert all(file.name.startswith("warehouse.duckdb.damaged-20150825T2230") for file in outcome.aside)
    assert taken.backup.file.exists()


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "unreadable seal", "swapped"])
def test_a_damaged_backup_is_passed_over_and_the_next_older_one_used(warehouse, harm):
    deliver(warehouse, [bar(100.0)], batch_id="a")
    take(warehouse)
    deliver(warehouse, [bar(101.0)], batch_id="b")
    newest = take(warehouse, DAY_LATER).backup
    content = bytearray(newest.file.read_bytes())
    content[len(content) // 2] ^= 1
    match harm:
        case "flipped":
            newest.file.write_bytes(content)
        case "cut":
            newest.file.write_bytes(content[: len(content) // 3])
        case "empty":
            newest.file.write_bytes(b"")
        case "unreadable seal":
            seal_of(newest).write_bytes(b"\xff\xfe")
        case "swapped":
            newest.file.write_bytes(backups(warehouse.home)[1].file.read_bytes())
    outcome = restore(warehouse, DAY_LATER)
    (sentence,) = outcome.passed_over
    assert str(newest.file) in sentence
    assert outcome.taken_at == NOW
    assert rows(warehouse, CLOSES) == [(100.0,)]


def test_without_a_good_backup_nothing_changes(warehouse):
    deliver(warehouse, [bar(100.0)])
    with pytest.raises(InputError, match=r"no backup in .*`ballast backup` takes one"):
        restore(warehouse, NOW)
    take(warehouse).backup.file.write_bytes(b"bad")
    with pytest.raises(WarehouseError, match="no good backup, nothing was changed"):
        restore(warehouse, NOW)
    assert rows(warehouse, CLOSES) == [(100.0,)]
    assert not list(warehouse.home.glob("*damaged*"))


def test_a_backup_is_named_by_a_part_of_its_name_or_as_a_file(warehouse, tmp_path):
    deliver(warehouse, [bar(100.0)], batch_id="a")
    first = take(warehouse).backup
    deliver(warehouse, [bar(101.0)], batch_id="b")
    take(warehouse, DAY_LATER)
    assert restore(warehouse, DAY_LATER, "20150824").file == first.file
    assert rows(warehouse, CLOSES) == [(100.0,)]
    elsewhere = tmp_path / "kept.duckdb"
    elsewhere.write_bytes(backups(warehouse.home)[0].file.read_bytes())
    assert restore(warehouse, DAY_LATER, str(elsewhere)).file == elsewhere
    assert rows(warehouse, CLOSES) == [(101.0,)]
    for name, count in (("2015", 2), ("2014", 0)):
        with pytest.raises(InputError, match=rf"'{name}': {count} of that name.*20150825.*20150824"):
            restore(warehouse, DAY_LATER, name)


def test_restore_waits_for_nobody_who_holds_the_warehouse(warehouse):
    take(warehouse)
    impatient = DuckDBFile(warehouse.home, lock_timeout=0.1)
    with warehouse.locked(), pytest.raises(WarehouseError, match="in use by process"):
        restore(impatient, NOW)
    with backup.alone(warehouse), pytest.raises(WarehouseError, match="another backup or restore"):
        restore(impatient, NOW)


def test_a_warehouse_that_was_here_is_not_begun_anew(warehouse):
    taken = take(warehouse).backup
    warehouse.file.unlink()
    with pytest.raises(
        WarehouseError, match=rf"missing, but .*{taken.file.name} is there: `ballast restore`"
    ):
        rows(warehouse, CLOSES)
    restore(warehouse, NOW)
    assert rows(warehouse, CLOSES) == []


@pytest.mark.parametrize("log", ["warehouse.duckdb.wal", "warehouse.duckdb.wal.checkpoint"])
def test_a_log_is_not_replayed_into_another_file(warehouse, log):
    warehouse.file.rename(warehouse.file.with_name("elsewhere"))
    (warehouse.home / log).write_bytes(b"its log")
    with pytest.raises(WarehouseError, match=rf"{log} is there: `ballast restore`"):
        rows(warehouse, CLOSES)
    assert not warehouse.file.exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(warehouse):
    (warehouse.home / "backups").write_text("in the way")
    with pytest.raises(WarehouseError, match=r"backups cannot be written \(File exists\): free some space"):
        take(warehouse)
