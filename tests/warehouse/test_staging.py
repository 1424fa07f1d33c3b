"""Staging files: private, written anew, and removed when nobody needs them."""

from datetime import date

import pytest

from tests.warehouse.deliveries import bar, batch, stage
from warehouse import staging
from warehouse.database.files import discard
from warehouse.tables.batches import KeptFailure


def test_a_batch_comes_back_as_it_was(warehouse):
    order = batch(
        "b", symbols=("SPY", "A'; --"), start=date(2015, 1, 2), illustration="an index",
        errors=(KeptFailure("SPY", "not_understood", "e", "<\0\"'>"),),
    )  # fmt: skip
    file = staging.staging_file(warehouse.home, "b")
    staging.create(file, order, {})
    with staging.opened(file) as connection:
        assert staging.read_batch(connection) == order


def test_written_anew_each_time(warehouse):
    for count in (2, 1):
        file = stage(warehouse, [bar(100.0)] * count)
    with staging.opened(file) as connection:
        assert connection.execute("select row_id, close, reference_close from bars").fetchall() == [
            (0, 100.0, None)
        ]
        assert connection.execute("select count(*) from batch").fetchone() == (1,)


def test_a_torn_file_of_a_killed_run_is_in_nobodys_way(warehouse):
    torn = staging.staging_file(warehouse.home, "one")
    torn.parent.mkdir()
    for suffix in ("", ".wal"):
        torn.with_name(torn.name + suffix).write_bytes(b"torn")
    file = stage(warehouse, [bar(100.0)])
    with staging.opened(file) as connection:
        assert connection.execute("select count(*) from bars").fetchone() == (1,)


def leftovers(warehouse, batch_id):
    """Everything that a killed run can leave: its file, the log of it, and a folder of spilled blocks."""
    file = staging.staging_file(warehouse.home, batch_id)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"")
    file.with_name(file.name + ".wal").write_bytes(b"")
    file.with_name(file.name + ".tmp").mkdir()
    (file.with_name(file.name + ".tmp") / "block").write_bytes(b"")
    return file


def left(warehouse):
    return sorted(file.name for file in (warehouse.home / "staging").iterdir())


def test_discarding_one_leaves_the_others(warehouse):
    leftovers(warehouse, "20150824-core-aa")
    file = leftovers(warehouse, "20150824-core-bb")
    discard(file)
    discard(file)
    assert left(warehouse) == [f"20150824-core-aa.duckdb{end}" for end in ("", ".tmp", ".wal")]


def test_the_sweep_keeps_the_files_of_living_runs_and_of_each_of_their_batches(warehouse):
    live = ["20150824-core-aa", "20150824-core-bb-1", "20150824-core-bb-12"]
    for batch_id in [*live, "20150824-core-cc", "20150824-core-cc-1", "20150824-core"]:
        leftovers(warehouse, batch_id)
    staging.sweep(warehouse.home, {"20150824-core-aa", "20150824-core-bb"})
    assert left(warehouse) == sorted(f"{name}.duckdb{end}" for name in live for end in ("", ".tmp", ".wal"))


@pytest.mark.parametrize("live", [set(), {"r"}])
def test_a_sweep_where_nothing_was_ever_staged(warehouse, live):
    staging.sweep(warehouse.home, live)
    assert not (warehouse.home / "staging").exists()
