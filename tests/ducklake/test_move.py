"""`ballast warehouse move`: both ways, proven equal; refused where one is already; a kill loses nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks._stress import FORKS
from quant.errors import InputError, WarehouseError
from tests.warehouse.deliveries import NOW, action, bar, deliver, rows
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.ducklake import copies, session
from warehouse.moving import move
from warehouse.record import ledger
from warehouse.record.verify import Content, broken, contents, verify

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def file(tmp_path):
    """A file with rows of most kinds, in a HOME of its own."""
    (tmp_path / "desk").mkdir()
    found = DuckDBFile(tmp_path / "desk", 20.0)
    days = [bar(100.0 + number, f"S{number:03}") for number in range(300)]
    deliver(
        found,
        [*days, bar(-1.0, "BAD")],
        actions=[action(1.0)],
        rejected=[("bars", 300, "positive_close", -1.0)],
    )
    deliver(found, [bar(99.0, "S000")], batch_id="two", now=LATER)
    found.transact(lambda db: ledger.append(db, "test", "x", {"a": [1.5, "é"]}, NOW))
    return found


def test_there_and_back_the_same_rows_stand_in_every_table(file, lake, tmp_path):
    before = contents(file.read)
    assert move(file, lake) == before == contents(lake.read)
    assert rows(lake, "select symbol, close from bars where symbol = 'S000' order by known_from") == [
        ("S000", 100.0), ("S000", 99.0),
    ]  # fmt: skip
    (tmp_path / "back").mkdir()
    back = DuckDBFile(tmp_path / "back", 20.0)
    assert move(lake, back) == before == contents(back.read)
    tables, found = verify(back.read, LATER)
    assert (tables, list(broken(found))) == (before, [])
    assert contents(file.read) == before  # it stays as it was


def test_where_a_warehouse_is_none_is_moved_to(file, lake):
    deliver(lake, [bar(1.0)], batch_id="of the lake")
    before = contents(lake.read), contents(file.read)
    with pytest.raises(InputError, match=r"holds \d+ rows already"):
        move(file, lake)
    with pytest.raises(InputError, match=r"warehouse.duckdb exists: .* Move that file away first"):
        move(lake, file)
    with pytest.raises(InputError, match="--to names where it shall go"):
        move(file, replace(file))
    assert (contents(lake.read), contents(file.read)) == before


def test_what_differs_is_not_moved(file, lake, monkeypatch):
    wrong = [Content("bars", 1, "0" * 16)]
    monkeypatch.setattr("warehouse.moving.of_file", lambda _: wrong)
    with pytest.raises(WarehouseError, match=r"the table bars has 1 rows .* and 301 rows"):
        move(file, lake)
    assert rows(lake, "select count(*) from bars") == [(0,)]


def slow_move(source, target, reached):
    """Moves, and stops to be killed once all rows are copied and none is committed."""
    proven = copies.must_be_equal

    def stop(*arguments):
        proven(*arguments)
        reached.value = 1
        import time

        time.sleep(60)

    copies.must_be_equal = stop
    move(source, target)


@pytest.mark.parametrize("way", ["file to lake", "lake to file"])
def test_killed_before_it_counts_nothing_is_lost_and_a_second_try_works(file, lake, tmp_path, way):
    source, target = file, lake
    if way == "lake to file":
        move(file, lake)
        (tmp_path / "back").mkdir()
        source, target = lake, DuckDBFile(tmp_path / "back", 20.0)
    session.close_all()
    before = contents(source.read)
    session.close_all()
    reached = FORKS.Value("i", 0)
    victim = FORKS.Process(target=slow_move, args=(source, target, reached))
    victim.start()
    while not reached.value and victim.is_alive():
        victim.join(0.02)
    victim.kill()
    victim.join()
    assert victim.exitcode == -9
    assert contents(source.read) == before
    assert move(source, target) == before
    assert contents(target.read) == before
