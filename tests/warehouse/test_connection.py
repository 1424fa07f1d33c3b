"""The door: one transaction per visit, files that cannot be opened, values that are only values."""

from datetime import UTC, datetime

import duckdb
import pytest

from quant.errors import InputError, WarehouseError
from tests.warehouse.deliveries import NOW, batch, rows
from tests.warehouse.newer import write_as_newer_duckdb
from warehouse import ingest
from warehouse.database.connect import connect
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.log import log_of

pytestmark = pytest.mark.file


def test_a_visit_commits_at_its_end(warehouse):
    with warehouse.open() as db:
        ingest.hold(db, batch("kept"), "because")
    assert rows(warehouse, "select batch_id from batches") == [("kept",)]


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt(), duckdb.Error("theirs")])
def test_an_error_undoes_the_whole_visit_and_passes_on(warehouse, error):
    with pytest.raises(type(error)) as caught, warehouse.open() as db:  # noqa: PT012 - the visit is the block
        ingest.hold(db, batch("lost"), "because")
        raise error
    assert caught.value is error
    assert rows(warehouse, "select * from batches") == []


def test_a_failed_statement_undoes_what_went_before_it(warehouse):
    with pytest.raises(duckdb.ConstraintException), warehouse.open() as db:  # noqa: PT012 - as above
        ingest.hold(db, batch("twice"), "because")
        ingest.hold(db, batch("twice"), "because")
    assert rows(warehouse, "select * from batches") == []


def test_a_unit_of_work_is_written_whole_or_not_at_all(warehouse):
    assert warehouse.transact(lambda db: ingest.hold(db, batch("kept"), "because")).held == "because"

    def broken(db):
        ingest.hold(db, batch("lost"), "because")
        raise ValueError

    with pytest.raises(ValueError):
        warehouse.transact(broken)
    assert warehouse.read(lambda db: ingest.stored(db, "kept")).batch_id == "kept"
    assert rows(warehouse, "select batch_id from batches") == [("kept",)]


def test_what_only_reads_cannot_write(warehouse):
    with pytest.raises(WarehouseError, match="read-only"):
        warehouse.read(lambda db: ingest.hold(db, batch("lost"), "because"))
    assert rows(warehouse, "select * from batches") == []


def test_nothing_is_left_beside_the_warehouse(warehouse):
    with warehouse.open() as db:
        ingest.hold(db, batch("one"), "because")
    assert {file.name for file in warehouse.home.iterdir()} == {
        "warehouse.duckdb",
        "warehouse.duckdb.wal",
        "warehouse.lock",
    }


def test_a_new_warehouse_appears_whole(tmp_path):
    """What a killed first visit left behind is no warehouse, and in nobody's way."""
    for name in (".warehouse.duckdb.part", ".warehouse.duckdb.part.wal"):
        (tmp_path / name).write_bytes(b"torn")
    fresh = DuckDBFile(tmp_path)
    assert rows(fresh, "select count(*) from runs") == [(0,)]
    assert {file.name for file in tmp_path.iterdir()} == {"warehouse.duckdb", "warehouse.lock"}


def test_reading_changes_no_byte(warehouse):
    with warehouse.open() as db:
        ingest.hold(db, batch("one"), "because")
    before = [file.read_bytes() for file in (warehouse.file, log_of(warehouse.file))]
    assert rows(warehouse, "select * from runs") == []
    assert [file.read_bytes() for file in (warehouse.file, log_of(warehouse.file))] == before


def test_instants_come_back_as_utc(warehouse):
    with warehouse.open() as db:
        ingest.hold(db, batch("one", fetched_at=NOW), "because")
        assert ingest.stored(db, "one").fetched_at == datetime(2015, 8, 24, 22, 30, tzinfo=UTC)


def test_values_are_bound_never_read_as_sql(warehouse):
    nasty = "'; drop table batches; --"
    with warehouse.open() as db:
        ingest.hold(db, batch(nasty, source=nasty), nasty)
        assert ingest.stored(db, nasty).held == nasty
        assert ingest.stored(db, "other") is None
        assert db.arrow("batch", batch_id=nasty).num_rows == 1


def test_a_staging_file_is_attached_for_reading_only(warehouse, tmp_path):
    other = tmp_path / "o'ther.duckdb"
    connection = connect(other)
    connection.execute("create table t as select 42 as answer")
    connection.close()
    with warehouse.open(attach=other) as db:
        assert db.connection.execute("select answer from staging.t").fetchall() == [(42,)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            db.connection.execute("insert into staging.t values (43)")


@pytest.mark.parametrize("content", [b"", b"no database at all", b"x" * 20_000])
def test_a_file_that_is_no_database(warehouse, content):
    warehouse.file.write_bytes(content)
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb is damaged.*`ballast restore`") as caught:
        rows(warehouse, "select 1")
    assert "\n" not in str(caught.value)
    assert warehouse.file.read_bytes() == content


def test_a_damaged_file(warehouse):
    whole = warehouse.file.read_bytes()
    warehouse.file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WarehouseError, match=r"is damaged.*`ballast restore`"):
        rows(warehouse, "select 1")


def test_a_file_of_a_newer_duckdb(warehouse):
    write_as_newer_duckdb(warehouse.file)
    content = warehouse.file.read_bytes()
    with pytest.raises(InputError, match=r"newer DuckDB.*999.*Upgrade Ballast.*--home") as caught:
        rows(warehouse, "select 1")
    assert "\n" not in str(caught.value)
    assert warehouse.file.read_bytes() == content


def test_a_home_that_is_not_there(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WarehouseError, match=r"cannot be locked.*BALLAST_HOME"):
        rows(DuckDBFile(tmp_path / "file" / "home"), "select 1")
