"""Full disks, files that may not be written, and damage anywhere: one sentence, and nothing lost."""

import random
import re

import pytest

from benchmarks import _faults
from quant.errors import BallastError
from tests.warehouse.deliveries import NOW, bar, deliver, held
from warehouse.duckdb_file import backup
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.restore import restore
from warehouse.record.verify import verify

pytestmark = pytest.mark.file

CANNOT = r"\S+ cannot be written \(.*Read-only file system\): let whoever runs Ballast write to it .*"
FULL = r"is full \(.*\): nothing of this step was stored\. Free some space and run the command again\."
REFUSALS = {
    "disk full at once": rf"the disk of \S+/staging {FULL}",
    "disk full after some deliveries": rf"the disk of \S+ {FULL}",
    "file is read-only": CANNOT,
    "folder is read-only": CANNOT,
}


@pytest.mark.parametrize("fault", _faults.CONFINED)
def test_what_cannot_be_written_is_one_sentence_and_the_next_run_completes(tmp_path, fault):
    confine = _faults.CONFINED[fault]
    met = _faults.confined(tmp_path, confine)
    if met is None:
        pytest.skip(f"needs the right to use {confine(tmp_path)[0]}: permission bits do not bind root")
    assert met.sentence is not None
    assert "\n" not in met.sentence
    assert re.fullmatch(REFUSALS[fault], met.sentence)
    assert (len(met.before) > 1) == (fault == "disk full after some deliveries")
    assert met.after == [*met.before, _faults.LATER]


@pytest.mark.parametrize("harm", [*_faults.DAMAGED, "log changed"])
def test_damage_is_one_sentence_and_the_backup_comes_back(tmp_path, harm):
    log = harm in _faults.DAMAGED_LOG
    met = _faults.damaged(tmp_path, (_faults.DAMAGED_LOG if log else _faults.DAMAGED)[harm], log=log)
    assert met.sentence is not None
    assert "\n" not in met.sentence
    assert "is damaged or no warehouse (" in met.sentence
    assert met.sentence.endswith(
        "`ballast restore` puts the newest good backup in its place and keeps this file."
    )
    assert met.after == [0]


@pytest.mark.parametrize("harm", ["log cut in half", "log deleted"])
def test_without_the_end_of_its_log_a_file_is_sound_and_older(tmp_path, harm):
    assert _faults.damaged(tmp_path, _faults.DAMAGED_LOG[harm], log=True) == _faults.Met(None, [0, 1], [0])


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
    assert held(restore(DuckDBFile(warehouse.home), NOW).tables) == held(taken.tables)


def refusal(warehouse):
    """What reading all of a warehouse is refused with; None where it is not."""
    try:
        verify(warehouse.read, NOW)
    except BallastError as error:
        return str(error)
    return None
