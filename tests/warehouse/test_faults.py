"""Full disks, files that may not be written, and damage anywhere: one sentence, and nothing lost."""

import random
import resource
import subprocess
import sys

import pytest

from benchmarks._stress import look, store
from quant.errors import BallastError
from tests.conftest import ROOT
from tests.warehouse.deliveries import NOW, bar, deliver
from warehouse import backup
from warehouse.connection import Warehouse
from warehouse.restore import restore
from warehouse.verify import verify

STORE = """
import sys
from pathlib import Path
from benchmarks._stress import store
from quant.errors import BallastError
try:
    store(Path(sys.argv[1]), int(sys.argv[2]))
except BallastError as error:
    sys.exit(f"sentence: {error}")
"""


@pytest.mark.parametrize("limit", [1_000, 100_000, 700_000])
def test_a_full_disk_is_one_sentence_and_the_next_run_completes(tmp_path, limit):
    """No file may grow beyond a limit, which DuckDB meets as it meets a full disk; needs no privilege."""
    store(tmp_path, 1)
    full = subprocess.run(
        [sys.executable, "-c", STORE, str(tmp_path), "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert "Traceback" not in full.stderr
    assert limit > 1_000 or full.returncode
    if full.returncode:
        assert full.stderr.startswith(f"sentence: the disk of {tmp_path}")
        assert "Free some space and run the command again." in full.stderr
    assert look(tmp_path) == ([1] if full.returncode else [1, 2])
    store(tmp_path, 3)
    assert look(tmp_path)[-1] == 3


def test_a_file_that_may_not_be_written(warehouse):
    changed = subprocess.run(["chattr", "+i", str(warehouse.file)], capture_output=True, check=False)
    if changed.returncode:
        pytest.skip("needs chattr and the right to use it: permission bits do not bind root")
    try:
        with pytest.raises(
            BallastError, match=r"cannot be written.*let whoever runs Ballast write"
        ) as caught:
            deliver(warehouse, [bar(100.0)])
    finally:
        subprocess.run(["chattr", "-i", str(warehouse.file)], check=True)
    assert "\n" not in str(caught.value)
    deliver(warehouse, [bar(100.0)])


def refusal(warehouse):
    """What reading all of a warehouse is refused with; None where it is not."""
    try:
        verify(warehouse, NOW)
    except BallastError as error:
        return str(error)
    return None


@pytest.mark.parametrize("seed", range(6))
def test_damage_anywhere_is_told_and_restored_or_harmless(warehouse, seed):
    deliver(warehouse, [bar(100.0)])
    taken = backup.take(warehouse, NOW, 7, 4)
    rng = random.Random(seed)
    content = bytearray(warehouse.file.read_bytes())
    start = rng.choice([0, len(content) // 2, len(content) - 4096])
    for place in rng.sample(range(start, start + 4096), 64):
        content[place] ^= rng.randrange(1, 256)
    warehouse.file.write_bytes(content)
    sentence = refusal(warehouse)
    assert sentence is None or "`ballast restore`" in sentence  # damage of a free block is none
    assert "\n" not in (sentence or "")
    assert restore(Warehouse(warehouse.home), NOW).tables == taken.tables
