"""SIGKILL at random moments, and eight processes at once: nothing is lost, doubled or half-done.

`--kills N` kills N times (20 in every suite, thousands in `make soak`), `--soak-seed` chooses the moments.
"""

import pytest

from benchmarks import _model
from benchmarks._model import DAYS, Delivery, expected, look, store
from benchmarks._stress import PHASES, TURNS, aftermath, age, crowd, soak
from tests.warehouse.deliveries import rows
from warehouse.duckdb_file.backend import DuckDBFile

pytestmark = pytest.mark.file


@pytest.mark.soak
def test_nothing_is_lost_or_half_done_after_a_kill(tmp_path, request):
    kills, seed = request.config.getoption("--kills"), request.config.getoption("--soak-seed")
    outcomes = soak(tmp_path, kills, seed)
    print(f"{kills} kills with seed {seed}: {dict(outcomes)}")
    assert outcomes.total() == kills
    assert kills < len(PHASES) or {phase for phase, _ in outcomes} == set(TURNS)


def test_eight_processes_store_and_read_at_once(tmp_path):
    order = crowd(tmp_path, processes=8, rounds=2)
    assert len({number // 1000 for number in order[:16]}) > 1  # they did take turns


def test_the_model_ends_a_version_where_it_is_restated_and_an_action_where_it_is_no_longer_told(monkeypatch):
    bars = {("bar", "A", day): 100.0 for day in DAYS[:3]}
    broken = ("bar", "B", DAYS[0])
    told = {
        1: {**bars, ("split", "A", DAYS[1]): 2.0, ("dividend", "A", DAYS[0]): 0.5},
        2: {**bars, ("bar", "A", DAYS[2]): 101.0, ("split", "A", DAYS[1]): 2.0},  # silent on its first day
        3: bars,
    }
    deliveries = {number: Delivery({**values, broken: 100.0}, broken) for number, values in told.items()}
    monkeypatch.setattr(_model, "delivery", deliveries.__getitem__)
    assert expected([1, 2, 3]) == {
        ("bar", "A", DAYS[0], 100.0, "1", None),
        ("bar", "A", DAYS[1], 100.0, "1", None),
        ("bar", "A", DAYS[2], 100.0, "1", "2"),
        ("bar", "A", DAYS[2], 101.0, "2", "3"),
        ("bar", "A", DAYS[2], 100.0, "3", None),
        ("split", "A", DAYS[1], 2.0, "1", "3"),
        ("dividend", "A", DAYS[0], 0.5, "1", None),
        *((_model.BROKEN, "B", DAYS[0], 100.0, str(number), None) for number in told),
    }


@pytest.mark.parametrize(
    "harm",
    [
        "delete from actions where rowid = 0",
        "delete from quarantine where rowid = 0",
        "insert into bars select * from bars where rowid = 0",
        "update bars set known_to = null where known_to is not null",
        "delete from batches where batch_id = '2'",
    ],
)
def test_what_is_lost_doubled_or_half_done_is_seen(tmp_path, harm):
    for number in (1, 2):
        store(tmp_path, number)
    assert look(tmp_path) == [1, 2]
    rows(DuckDBFile(tmp_path), harm)
    with pytest.raises(AssertionError):
        look(tmp_path)


def test_a_restore_that_was_killed_between_its_two_renames_is_repeated(tmp_path):
    store(tmp_path, 1)
    TURNS["backup"](tmp_path, 0)
    store(tmp_path, 2)
    (tmp_path / "warehouse.duckdb").rename(tmp_path / "warehouse.duckdb.damaged-1")
    assert aftermath(tmp_path, "restore", 0, [1, 2]) == ([1], "undone")


def test_an_older_file_is_brought_to_this_version_with_all_its_rows(tmp_path):
    store(tmp_path, 1)
    with DuckDBFile(tmp_path).open() as db:
        now = db.connection.execute("select version, name from migrations order by version").fetchall()
    age(DuckDBFile(tmp_path))
    assert look(tmp_path) == [1]
    found = rows(DuckDBFile(tmp_path), "select version, name from migrations order by version")
    assert found == now
