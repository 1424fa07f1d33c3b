"""The command line on a lake: the same commands and answers; a password is nowhere in what they write."""

import os
import subprocess
import sys

import pytest

from tests.e2e.cli import ROOT, ballast

DEMO = ROOT / "config" / "demo" / "demo.toml"
DAY = ("daily", "--portfolio", DEMO, "--session", "2010-05-06", "--source", "bundled", "--json")


@pytest.fixture(scope="module")
def place(postgres, tmp_path_factory):
    """A HOME and an empty database, as the environment names them."""
    pytest.importorskip("duckdb_extension_ducklake", reason="the group `ducklake` is not installed")
    home, database = tmp_path_factory.mktemp("commands") / "home", postgres.database()
    yield home, {"BALLAST_WAREHOUSE": f"ducklake:postgres:{database.libpq}", "PGPASSWORD": postgres.password}
    postgres.drop(database.name)


def test_a_demo_day_is_run_twice_shown_explained_replayed_proven_and_moved(place, postgres):
    home, lake = place
    first = ballast(*DAY, home=home, **lake).json
    second = ballast(*DAY, home=home, **lake).json
    run_id = second["run_id"]
    assert [row["symbol"] for row in first["trades"]] == [row["symbol"] for row in second["trades"]] != []
    shown = ballast("show", "latest", "--json", home=home, **lake).json
    assert shown["run_id"] == run_id
    old = ballast("show", first["run_id"], home=home, **lake).out
    assert run_id in old  # it was replaced
    assert "KO" in ballast("explain", run_id, "KO", home=home, **lake).out
    assert "numbers are the same" in ballast("replay", first["run_id"], home=home, **lake).out
    refused = ballast("approve", run_id, "--by", "Ada Byron", home=home, expect=2, **lake)
    assert "expired" in refused.err  # its orders were of 2010
    assert ballast("ledger", "verify", "--json", home=home, **lake).json["broken"] == 0
    proven = ballast("warehouse", "verify", "--json", home=home, **lake).json
    assert all(one["broken"] == 0 for one in proven["invariants"])
    assert len(list((home / "backups").glob("warehouse-*.duckdb"))) == 1
    assert not (home / "warehouse.duckdb").exists()
    moved = ballast("warehouse", "move", "--to", "file", "--json", home=home, **lake).json
    assert moved["tables"] == proven["tables"]
    assert ballast("show", "latest", "--json", home=home).json["run_id"] == run_id  # from the file
    written = [file for file in home.rglob("*") if file.is_file()]
    assert len(written) > 10
    assert [file for file in written if postgres.password.encode() in file.read_bytes()] == []


BLIND = """
import importlib.util as found
find = found.find_spec
found.find_spec = lambda name, *more: None if name.startswith("duckdb_extension") else find(name, *more)
import sys
from flows.commands.cli import main
sys.argv = ["ballast", "show", "latest", "--home", sys.argv[1]]
main()
"""


def test_without_the_packages_one_sentence_and_exit_code_2(place):
    home, lake = place
    given = {"env": {**os.environ, **lake}, "capture_output": True, "text": True, "cwd": ROOT}
    done = subprocess.run([sys.executable, "-c", BLIND, home], check=False, **given)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "the package duckdb-extension-postgres-scanner is missing" in done.stderr


def test_a_password_in_the_setting_is_refused_unrepeated(place):
    home, lake = place
    wrong = {**lake, "BALLAST_WAREHOUSE": lake["BALLAST_WAREHOUSE"] + " password=hunter2"}
    refused = ballast("show", "latest", home=home, expect=2, **wrong)
    assert "hunter2" not in refused.err + refused.out
    assert "PGPASSWORD" in refused.err
