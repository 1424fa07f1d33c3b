"""The tables of a lake: those of a file without their keys, and made ours again after each version."""

import pytest

from quant.errors import InputError, WarehouseError
from tests.warehouse.deliveries import rows
from warehouse.database import migrate, objects
from warehouse.ducklake import extensions, session
from warehouse.record.verify import only_ours


def test_a_new_lake_has_the_tables_views_and_macros_of_this_version_and_its_record(lake):
    assert only_ours(lake.read).first is None
    found = rows(lake, "select version, name from migrations order by version")
    assert [version for version, _ in found] == list(range(migrate.latest() + 1))


def test_one_that_was_killed_while_it_was_made_is_made_anew(lake, monkeypatch):
    session.close_all()
    rows(lake, "delete from migrations")  # what is written last
    rows(lake, "insert into ledger_head values (1, 'left over')")
    session.close_all()
    assert rows(lake, "select count(*) from ledger_head") == [(0,)]
    assert only_ours(lake.read).first is None


def test_what_is_not_ours_is_seen(lake):
    rows(lake, "create table more (a integer)")
    assert only_ours(lake.read).first == "the table 'more' (schema 'main')"
    rows(lake, "drop table more; create or replace macro differs(a, b) as true")
    assert only_ours(lake.read).first == "the macro 'differs' (schema 'main')"


def test_a_table_that_was_changed_is_seen(lake):
    rows(lake, "alter table runs add column more integer")
    assert only_ours(lake.read).first == "the table 'runs' (schema 'main')"


def test_a_migration_of_tomorrow_runs_as_it_is(lake, monkeypatch, tmp_path):
    """Each one from 28 on must: a lake that is there already gets it as a file does."""
    assert lake.read(lambda db: migrate.version_of(db.connection)) == migrate.latest()
    new = tmp_path / f"{migrate.latest() + 1:04}_more.sql"
    new.write_text("alter table runs add column more double;\ncreate table extra (a integer not null);\n")
    known = migrate._migrations()
    monkeypatch.setattr(migrate, "_migrations", lambda: (*known, new))
    session.close_all()
    assert rows(lake, "select count(*) from extra") == [(0,)]
    monkeypatch.undo()
    session.close_all()


def test_a_newer_version_is_refused_and_left_alone(lake):
    rows(lake, "insert into migrations values (9999, 'of tomorrow', now()::timestamp)")
    session.close_all()
    with pytest.raises(InputError, match="newer Ballast"):
        lake.transact(lambda db: None)


def test_a_lake_whose_catalog_is_gone_is_not_begun_anew(lake, postgres):
    rows(lake, "insert into restores select now()::timestamp, now()::timestamp from range(300)")
    session.close_all()
    name = lake.place.given["dbname"]
    postgres.drop(name)
    postgres.sql(f'create database "{name}"')
    with pytest.raises(
        WarehouseError, match=r"holds the files of a DuckLake, but PostgreSQL at .* has no catalog"
    ):
        lake.transact(lambda db: None)
    assert not lake.exists()


def test_other_files_than_the_catalog_says_are_refused(lake, tmp_path):
    from dataclasses import replace

    elsewhere = replace(lake, place=replace(lake.place, data=str(tmp_path / "other")))
    with pytest.raises(InputError, match=f"lie in {lake.place.data}, not in .*other: set BALLAST_W"):
        elsewhere.read(lambda db: None)


def test_queries_reach_the_lake_and_nothing_else(lake, tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    for sql in (
        f"from read_text('{tmp_path}/secret.txt')",
        f"copy runs to '{tmp_path}/out.csv'",
        "load httpfs",
        "install spatial",
    ):
        with pytest.raises(Exception, match=r"(?i)permission|disabled"):
            rows(lake, sql)


def test_a_missing_package_and_one_of_another_version_are_told(monkeypatch, tmp_path):
    monkeypatch.setitem(extensions.PACKAGES, "ducklake", "duckdb-extension-of-nobody")
    with pytest.raises(InputError, match=r"duckdb-extension-of-nobody is missing: install"):
        extensions.file("ducklake")
    other = tmp_path / "duckdb_extension_other" / "extensions" / "v1.4.0"
    other.mkdir(parents=True)
    (tmp_path / "duckdb_extension_other" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(extensions.PACKAGES, "ducklake", "duckdb-extension-other")
    with pytest.raises(InputError, match=r"duckdb-extension-other is of DuckDB 1.4.0, but DuckDB 1.5.5 runs"):
        extensions.file("ducklake")


def test_only_a_home_is_needed_to_know_its_objects(lake):
    assert lake.read(lambda db: objects.is_lake(db.connection))
