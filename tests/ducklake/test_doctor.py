"""What `ballast doctor` says of a lake that cannot be used: one sentence with the way out, no password."""

import secrets
from datetime import UTC, datetime

import pytest

from tasks.data.doctor import examine
from tests.tasks.desk import Desk
from warehouse.ducklake import extensions, session


@pytest.fixture
def lake(lakes, tmp_path):
    return lakes(tmp_path / "shared")


def finding(tmp_path, lake, **changes):
    """What is said of the warehouse, by one sentence."""
    session.close_all()
    given = {**lake.place.given, **changes}
    libpq = " ".join(f"{key}={value}" for key, value in given.items())
    desk = Desk(tmp_path / "desk", datetime.now(UTC), libpq, lake.place.data)
    desk.home.mkdir(parents=True, exist_ok=True)
    (found,) = (one for one in examine(desk.context(), None) if one.name == "warehouse")
    assert "\n" not in found.detail
    return found


def test_a_lake_that_works(tmp_path, lake):
    found = finding(tmp_path, lake)
    assert found.status == "good"
    assert found.detail == f"{lake.name}: 0 bars of 0 symbols, 0 runs"


def test_a_server_that_is_stopped(tmp_path, lake, postgres):
    postgres.stop()
    try:
        found = finding(tmp_path, lake)
    finally:
        postgres.start()
    assert found.status == "bad"
    assert f"PostgreSQL at 127.0.0.1:{postgres.port} cannot be reached" in found.detail
    assert "start it, or set BALLAST_WAREHOUSE right" in found.detail


def test_a_host_that_nobody_knows(tmp_path, lake):
    found = finding(tmp_path, lake, host="no-such-host.invalid")
    assert "PostgreSQL at no-such-host.invalid:" in found.detail
    assert "cannot be reached" in found.detail


def test_a_wrong_password(tmp_path, lake, monkeypatch, postgres):
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    found = finding(tmp_path, lake)
    assert "does not let ballast in: set PGPASSWORD" in found.detail
    assert "hunter2" not in found.detail
    assert postgres.password not in found.detail


def test_a_pass_file_serves_as_well(tmp_path, lake, monkeypatch, postgres):
    monkeypatch.delenv("PGPASSWORD")
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{postgres.port}:*:ballast:{postgres.password}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert finding(tmp_path, lake).status == "good"


def test_a_database_that_is_not_there(tmp_path, lake):
    found = finding(tmp_path, lake, dbname="nowhere")
    assert 'says: database "nowhere" does not exist. Create it' in found.detail


@pytest.mark.parametrize("stored", [True, False], ids=["a lake of others", "an empty database"])
def test_a_role_without_rights(tmp_path, lake, postgres, stored):
    role = f"guest_{secrets.token_hex(3)}"
    postgres.sql(f"create role {role} login password '{postgres.password}'")
    name = lake.place.given["dbname"] if stored else postgres.database().name
    found = finding(tmp_path, lake, user=role, dbname=name)
    assert found.status == "bad"
    assert f"lets {role} in, but not to work there (permission denied for " in found.detail
    assert f"let its owner grant {role} the right to read, write and create" in found.detail


def test_a_missing_package_and_one_of_another_version(tmp_path, lake, monkeypatch):
    monkeypatch.setitem(extensions.PACKAGES, "ducklake", "duckdb-extension-of-nobody")
    found = finding(tmp_path, lake)
    assert found.status == "bad"
    assert (
        "the package duckdb-extension-of-nobody is missing: install requirements-ducklake.lock"
        in found.detail
    )


def test_a_catalog_of_another_version_of_ducklake(tmp_path, lake, postgres):
    name = lake.place.given["dbname"]
    postgres.sql("update ducklake_metadata set value = '9.9' where key = 'version'", name)
    found = finding(tmp_path, lake)
    assert found.status == "bad"
    assert "of another version of DuckLake than the package duckdb-extension-ducklake" in found.detail


def test_a_folder_that_may_not_be_used(tmp_path, lake, postgres):
    (tmp_path / "file").write_text("")
    fresh = postgres.database()
    elsewhere = lake.place.__class__(fresh.libpq, str(tmp_path / "file" / "lake"))
    from dataclasses import replace

    found = finding(tmp_path, replace(lake, place=elsewhere))
    assert f"{tmp_path}/file/lake cannot be made (Not a directory)" in found.detail
