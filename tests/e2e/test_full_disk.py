"""A disk that fills up in the middle of a day: one sentence, no traceback; the next run completes."""

import json
import re
import subprocess
import sys

import pytest

from benchmarks._faults import full, possible
from tests.conftest import ROOT
from tests.e2e import invariants
from tests.e2e.command import environment
from tests.e2e.desk import SESSION, Desk
from warehouse.duckdb_file.backend import DuckDBFile

MAIN = "from flows.commands.cli import main; main()"
ROOM = 30_000  # bytes a file may have: enough for the ledger to open the run, too little for what it fetches


@pytest.mark.long
def test_a_day_on_a_full_disk_is_one_sentence_and_the_next_completes(driver, tmp_path):
    if not possible(full(ROOM)):
        pytest.skip("needs prlimit")
    desk = Desk(tmp_path, driver)
    portfolio, prices = desk.portfolio(), desk.prices()
    desk.home.mkdir()
    with DuckDBFile(desk.home).open():
        pass  # begun while there was room
    arguments = [
        "daily",
        "--portfolio",
        portfolio,
        "--session",
        SESSION,
        "--source",
        f"files:{prices}",
        "--json",
    ]
    done = subprocess.run(
        [*full(ROOM), sys.executable, "-c", MAIN, *map(str, arguments)],
        cwd=tmp_path,
        env=environment(BALLAST_HOME=str(desk.home), PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    sentence = (
        r"run \S+ failed: the disk of \S+ is full \(.*\): nothing of this step was stored\. Free some space"
    )
    assert re.search(sentence, done.stderr)
    assert json.loads(done.stdout)["status"] == "failed"
    assert desk.daily(portfolio, prices).wait().report["status"] == "recommended"
    invariants.check(desk.home)
