"""What a warehouse survives (kills, crowds, full disks, damage), and what keeping 25 million bars costs."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from benchmarks import _faults, _store
from benchmarks._faults import Met
from benchmarks._market import generate, weekdays
from benchmarks._sheet import Sheet, Table
from benchmarks._stress import TURNS, crowd, soak
from benchmarks._timing import Case, Timings, table, take_turns
from warehouse.database.files import to_disk
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.backup import take
from warehouse.duckdb_file.log import fold
from warehouse.duckdb_file.restore import restore
from warehouse.record.verify import broken, verify

PAGE = "warehouse-stress.md"
SEED = 1
PROCESSES = 8
CHUNK = 800  # symbols that are generated and loaded at once

KILLS = """Each row is a kind of work. A process does it once and is killed (SIGKILL) at a random moment.
After each kill three things are checked, and one difference would have stopped the measurement:

- every version of every bar and action and every quarantined row, against a model in plain Python;
- every invariant of `ballast warehouse verify`;
- that the next run can store one more delivery.

*Committed*: the work is there, complete. *Undone*: nothing of it is there. *Checked ingest* is the daily
run's own step with its suites and pages. *Migrate* begins with a file of the first schema. *Publish* and
*backup* are committed when the new copy is in place."""

CROWD = """Several processes store deliveries and read everything back at once. Each waits for the
warehouse's lock. All must succeed, and at the end no row may be lost or duplicated. *Handed over*: how
often the next delivery came from another process."""

FAULTS = """Deliveries are numbered. *Held* is what the warehouse contained, *after* what it contained at
the end.

- *Disk full, read-only*: a process stores deliveries until one is refused. Then writing is possible again,
  and one more delivery (11) is stored.
- *Damage* (all others): the warehouse held two deliveries, the first of them also in the backup. *After* is
  what `ballast restore` brought back.
- Where the message is "nothing", the file is sound, but the end of its log is missing. What was only in the
  log is lost. `ballast backfill` fetches it again."""

SIZES = """Each case works on the same file of generated bars. Ratios are to copying that file and flushing
the copy to the disk. A backup copies, reads back, compares, reads every row and checks every invariant.
Only its copy holds the lock. A restore does the same before it puts the copy in place."""


def measure(*, quick: bool) -> Sheet:
    """All four, each in folders of its own."""
    kills, rounds, symbols, sessions = (6, 1, 20, 300) if quick else (300, 8, 10_000, 2_500)
    with tempfile.TemporaryDirectory(prefix="ballast-stress-") as folder:
        outcomes = soak(_new(Path(folder), "kills"), kills, SEED)
        order = crowd(_new(Path(folder), "crowd"), PROCESSES, rounds)
        faults = _faults_table(Path(folder))
    return Sheet(
        "What a warehouse survives",
        [
            f"### {kills:,} kills, seed {SEED}",
            KILLS,
            _kills_table(outcomes),
            "### Several processes at once",
            CROWD,
            _crowd_table(order),
            "### Faults",
            FAULTS,
            faults,
            f"### Keeping {symbols * sessions:,} bars safe",
            SIZES,
            table(_sizes(symbols, sessions), "copy"),
        ],
    )


def _kills_table(outcomes: Counter[tuple[str, str]]) -> Table:
    rows = []
    for phase in TURNS:
        counts = [outcomes[phase, outcome] for outcome in ("committed", "undone")]
        rows.append((phase, *map(str, (sum(counts), *counts))))
    totals = [str(sum(int(row[column]) for row in rows)) for column in (1, 2, 3)]
    return Table(("work", ">kills", ">committed", ">undone"), [*rows, ("all", *totals)])


def _crowd_table(order: list[int]) -> Table:
    handed = sum(one // 1000 != other // 1000 for one, other in pairwise(order))
    row = (str(PROCESSES), str(len(order)), str(handed), "0")
    return Table((">processes", ">deliveries stored", ">handed over", ">lost or duplicated"), [row])


def _faults_table(folder: Path) -> Table:
    rows = []
    for name, prefix in _faults.CONFINED.items():
        home = _new(folder, name)
        rows.append(_told(name, home, _faults.confined(home, prefix)))
    for log, harms in ((False, _faults.DAMAGED), (True, _faults.DAMAGED_LOG)):
        for name, harm in harms.items():
            home = _new(folder, name)
            rows.append(_told(name, home, _faults.damaged(home, harm, log=log)))
    return Table(("fault", "message", "held", "after"), rows)


def _told(name: str, home: Path, met: Met | None) -> tuple[str, str, str, str]:
    if met is None:
        return name, "this system cannot be made to do that", "–", "–"
    sentence = (met.sentence or "nothing").replace(str(home), "HOME").replace("|", "/")
    return name, sentence, _listed(met.before), _listed(met.after)


def _listed(order: list[int]) -> str:
    return ", ".join(map(str, order))


def _sizes(symbols: int, sessions: int) -> Timings:
    """Copying, verifying, backing up and restoring one warehouse, in turns."""
    with tempfile.TemporaryDirectory(prefix="ballast-stress-") as folder:
        warehouse = DuckDBFile(Path(folder))
        for first in range(0, symbols, CHUNK):
            names = [f"S{number:05d}" for number in range(first, min(first + CHUNK, symbols))]
            _store.load(warehouse.home, generate(names, weekdays(sessions), seed=first), str(first))
        with warehouse.locked():
            fold(warehouse.file)
        return take_turns(_keeping(warehouse), rounds=2)


def _keeping(warehouse: DuckDBFile) -> Mapping[str, Case]:
    def plain(scratch: Path) -> None:
        shutil.copyfile(warehouse.file, scratch / "copy.duckdb")
        to_disk(scratch / "copy.duckdb")

    def check(_: Path) -> None:
        assert not list(broken(verify(warehouse.read, datetime.now(UTC))[1]))

    def back_up(_: Path) -> None:
        take(warehouse, datetime.now(UTC), 1, 0)

    def bring_back(_: Path) -> None:
        for old in restore(warehouse, datetime.now(UTC)).aside:
            old.unlink()

    return {"copy": plain, "verify": check, "backup": back_up, "restore": bring_back}


def _new(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name
