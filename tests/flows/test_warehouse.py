"""`ballast backup`, `ballast restore` and `ballast warehouse verify`, as the command line answers."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from benchmarks._faults import possible, read_only
from benchmarks._model import look, store
from flows.commands.cli import app
from quant.errors import InputError
from tests.conftest import ROOT
from tests.warehouse.deliveries import rows
from warehouse.duckdb_file.backend import DuckDBFile


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A HOME with one delivery."""
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))
    store(tmp_path, 1)
    return tmp_path


def ballast(*arguments, code=0):
    """What a command printed; it must end with the exit code."""
    done = CliRunner().invoke(app, [*arguments], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def test_a_backup_is_taken_and_brought_back(home):
    taken = json.loads(ballast("backup", "--json"))
    assert taken["schema"] == 1
    store(home, 2)
    restored = json.loads(ballast("restore", "--json"))
    assert (restored["schema"], restored["entered_again"]) == (1, 0)
    assert look(home) == [1]
    assert "ballast backfill" in ballast("restore")


def test_verify_ends_with_1_and_the_row_where_an_invariant_is_broken(home):
    assert json.loads(ballast("warehouse", "verify", "--json"))["schema"] == 1
    rows(DuckDBFile(home), "insert into bars select * from bars where rowid = 0")
    assert "2 current versions of the bar of" in ballast("warehouse", "verify", code=1)


@pytest.mark.parametrize("command", [["backup"], ["restore"], ["warehouse", "verify"]])
def test_where_there_is_nothing_the_caller_is_told(tmp_path, monkeypatch, command):
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path / "none"))
    with pytest.raises(InputError, match=r"there is no (warehouse|backup) in"):
        ballast(*command)


def test_a_home_that_is_read_only_is_one_sentence_and_exit_code_1(home):
    if not possible(read_only(home)):
        pytest.skip("needs the right to mount: permission bits do not bind root")
    done = subprocess.run(
        [*read_only(home), sys.executable, "-c", "from flows.commands.cli import main; main()", "backup"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ballast: ")
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
