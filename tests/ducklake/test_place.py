import re

import pytest

from config import settings
from quant.errors import InputError
from warehouse.ducklake.place import Place
from warehouse.ducklake.refusals import explanation
from warehouse.engines import warehouse_of

LAKE = "ducklake:postgres:host=db.example.org port=5433 dbname=desk user=ada"


def load(tmp_path, monkeypatch, warehouse, data=""):
    monkeypatch.setenv("BALLAST_WAREHOUSE", warehouse)
    monkeypatch.setenv("BALLAST_WAREHOUSE_DATA", data)
    return settings.load(tmp_path)


def test_without_the_setting_it_is_a_file_and_nothing_of_the_lake_is_imported(tmp_path, monkeypatch):
    chosen = load(tmp_path, monkeypatch, "")
    found = warehouse_of(chosen.home, 1.0, "x", chosen.lake, chosen.lake_data)
    assert found.name == str(tmp_path / "warehouse.duckdb")


def test_with_it_the_files_lie_in_home_unless_told_elsewhere(tmp_path, monkeypatch):
    assert load(tmp_path, monkeypatch, LAKE).lake_data == str(tmp_path / "lake")
    assert load(tmp_path, monkeypatch, LAKE, "/srv/lake/").lake_data == "/srv/lake"
    chosen = load(tmp_path, monkeypatch, LAKE, "s3://bucket/desk/")
    assert chosen.lake_data == "s3://bucket/desk"
    assert warehouse_of(tmp_path, 1.0, "x", chosen.lake, chosen.lake_data).name == (
        "the DuckLake desk on PostgreSQL at db.example.org:5433, data in s3://bucket/desk"
    )


def test_a_home_of_its_own_has_a_file_of_its_own(tmp_path, monkeypatch):
    assert load(tmp_path, monkeypatch, LAKE).elsewhere(tmp_path / "demo").lake == ""


@pytest.mark.parametrize(
    "wrong",
    [
        f"{LAKE} password=hunter2",
        f"{LAKE} Password = 'hunter2'",
        "ducklake:postgres:postgresql://ada:hunter2@db.example.org/desk",
        "postgresql://ada:hunter2@db.example.org/desk",
        "ducklake:sqlite:hunter2.db",
        "ducklake:postgres:",
        "ducklake:postgres:host=a' hunter2",
    ],
)
def test_anything_else_is_refused_without_saying_what_it_was(tmp_path, monkeypatch, wrong):
    with pytest.raises(InputError) as caught:
        load(tmp_path, monkeypatch, wrong)
    assert "BALLAST_WAREHOUSE must look like ducklake:postgres:host=" in str(caught.value)
    assert "PGPASSWORD or a pass file" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["gs://bucket/desk", "https://example.org/lake", "s3://with space", "lake"])
def test_files_lie_in_a_folder_or_in_s3(tmp_path, monkeypatch, wrong):
    with pytest.raises(InputError, match="BALLAST_WAREHOUSE_DATA must look like"):
        load(tmp_path, monkeypatch, LAKE, wrong)


def test_what_is_handed_to_libpq_keeps_every_letter_and_what_the_user_said_of_time():
    libpq = r"host=h dbname='my \'desk\'' user=ada connect_timeout=3 options='-c search_path=public'"
    place = Place(libpq, "/x")
    text = place.connection("ballast it's", 2.5)
    assert place.given["dbname"] == "my 'desk'"
    assert r"dbname='my \'desk\''" in text
    assert r"application_name='ballast it\'s'" in text
    assert "connect_timeout='3'" in text
    assert re.search(r"options='-c search_path=public -c tcp_.* -c lock_timeout=2500'", text)


def test_what_is_said_of_s3_names_its_settings():
    place = Place("host=h", "s3://bucket/desk")
    said = str(explanation(place, "HTTP Error: HTTP GET error on 'https://bucket...' (HTTP 403)"))
    assert "AWS_ACCESS_KEY_ID" in said
