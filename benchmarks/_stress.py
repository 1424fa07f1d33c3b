"""Processes that are killed while they work on a warehouse, and crowds that work on one at once.

What the warehouse must hold after that, `benchmarks/_model.py` says.
"""

import faulthandler
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count, cycle
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks._model import check_and_store, look, look_at_copy, store, store_and_fold
from quant.errors import WarehouseError
from warehouse.database import migrate
from warehouse.database.connect import connect, quoted
from warehouse.database.files import discard
from warehouse.database.storage import explained
from warehouse.duckdb_file import blocks
from warehouse.duckdb_file import log as logged
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.backup import backups, take
from warehouse.duckdb_file.publish import checkpoint, publish
from warehouse.duckdb_file.restore import restore

FRESH = 60
"""Turns after which a new warehouse is begun: comparing all versions stays quick."""
SPAN = 0.1
"""Seconds from a turn's begin to its kill, at most, to begin with; it follows how long turns take."""
_STANDS_STILL = 45.0  # seconds
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["benchmarks._warm"])


def _create(home: Path, _: int) -> None:
    look(home / "new")


def _migrate(home: Path, _: int) -> None:
    with DuckDBFile(home).open():
        pass


def _publish(home: Path, _: int) -> None:
    publish(DuckDBFile(home))


def _back_up(home: Path, _: int) -> None:
    take(DuckDBFile(home), datetime.now(UTC), 2, 0)


def _restore(home: Path, _: int) -> None:
    restore(DuckDBFile(home), datetime.now(UTC))


TURNS: dict[str, Callable[[Path, int], None]] = {
    "ingest": store,
    "checked ingest": check_and_store,
    "fold": store_and_fold,
    "create": _create,
    "migrate": _migrate,
    "publish": _publish,
    "backup": _back_up,
    "restore": _restore,
}
_OFTEN = ("ingest", "fold", "migrate", "ingest", "create", "publish", "ingest", "backup", "restore")
PHASES = (*_OFTEN, "checked ingest", *_OFTEN)
"""One round of the loop: the suites take a hundred times as long as the merge, so their share is small."""


def soak(folder: Path, kills: int, seed: int) -> Counter[tuple[str, str]]:
    """Kill `kills` turns in the middle, phase by phase; how often (phase, committed or undone).

    After each kill the warehouse is compared with the model, and the next run stores one more delivery. A
    turn that was quicker than its kill must have done its work, and does not count.

    Raises:
        AssertionError: something committed is lost, something half-done is seen, or the next run fails.
    """
    rng = random.Random(seed)
    spans = dict.fromkeys(TURNS, SPAN)
    outcomes: Counter[tuple[str, str]] = Counter()
    numbers, home, order = count(), folder, [0]
    for turn, phase in enumerate(cycle(PHASES)):
        if outcomes.total() == kills:
            break
        if turn % FRESH == 0:
            home, order = folder / f"home-{turn}", [next(numbers)]
            home.mkdir()
            store(home, order[0])
            _back_up(home, 0)
        victim = next(numbers)
        prepare(home, phase)
        struck = strike(home, phase, victim, rng.uniform(0, spans[phase]))
        try:
            order, outcome = aftermath(home, phase, victim, order)
        except BaseException as error:
            error.add_note(f"after turn {turn} ({phase}) of seed {seed}; what it left is in {home}")
            raise
        assert outcome != "undone" or struck, f"{phase} ended without having done its work"
        outcomes[phase, outcome] += struck
        spans[phase] *= 1.1 if struck else 0.8
        order.append(next(numbers))
        store(home, order[-1])
    return outcomes


def prepare(home: Path, phase: str) -> None:
    """What a turn finds: an empty folder to begin a warehouse in, or one that an older version wrote."""
    if phase == "create":
        shutil.rmtree(home / "new", ignore_errors=True)
        (home / "new").mkdir()
    elif phase == "migrate":
        age(DuckDBFile(home))


def age(warehouse: DuckDBFile) -> None:
    """Put the same rows back under the first schema that was shipped, without the views."""
    older = warehouse.home / "older.duckdb"
    discard(older)
    checkpoint(warehouse.file)  # the log belongs to the file that goes
    connection = connect(older, reach=[warehouse.file])
    migrate.build(connection, 1, with_views=False)
    tables = [
        str(name)
        for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
        if name != "migrations"
    ]
    connection.execute(f"attach {quoted(warehouse.file)} as newer (read_only)")
    for table in tables:
        described = connection.execute(f"describe {table}").fetchall()
        columns = ", ".join(f'"{column[0]}"' for column in described)
        connection.execute(f"insert into {table} by name select {columns} from newer.{table}")
    connection.close()
    older.replace(warehouse.file)


def strike(home: Path, phase: str, number: int, wait: float) -> bool:
    """Begin a turn in its own process and kill it after `wait` seconds; False if it had ended by then."""
    began = FORKS.Value("i", 0)
    victim = FORKS.Process(target=work, args=(home, phase, number, began))
    victim.start()
    while not began.value and victim.is_alive():
        time.sleep(0.0005)
    time.sleep(wait)
    victim.kill()
    victim.join()
    assert victim.exitcode in {0, -9}, f"{phase} failed by itself"
    return victim.exitcode != 0


def work(home: Path, phase: str, number: int, began: "Synchronized[int]") -> None:
    """One turn; `began` tells the killer when."""
    began.value = 1
    TURNS[phase](home, number)


def fold_killed_everywhere(file: Path, much: int = blocks.MUCH) -> None:
    """Fold copies of a file and its log in folders beside it: the N-th is killed before its N-th line.

    The lines of log.py and blocks.py in warehouse/duckdb_file are counted as they run; the last is folded to
    its end. From `much` bytes on a file gets large blocks.
    """
    blocks.MUCH = much
    for line in count(1):
        home = file.parent / f"killed-{line}"
        home.mkdir()
        for path in (file, logged.log_of(file)):
            shutil.copy(path, home)
        if (victim := os.fork()) == 0:
            _fold_until(line, home / file.name)
            os._exit(0)
        if os.waitpid(victim, 0)[1] == 0:
            break


def _fold_until(line: int, file: Path) -> None:
    to_come = count(line - 1, -1)

    def trace(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        if frame.f_code.co_filename not in {logged.__file__, blocks.__file__}:
            return None
        if event == "line" and next(to_come) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    logged.fold(file)


def aftermath(home: Path, phase: str, number: int, before: list[int]) -> tuple[list[int], str]:
    """What the warehouse holds now, proven sound, and whether what the turn did is to be seen, whole."""
    order, done = _look_after(home, phase, number, before)
    return order, "committed" if done else "undone"


def _look_after(home: Path, phase: str, number: int, before: list[int]) -> tuple[list[int], bool]:
    if phase == "create":
        done = (home / "new" / "warehouse.duckdb").exists()
        assert look(home / "new") == []
    elif phase == "migrate":
        done = _has_views(home)
    elif phase in {"publish", "backup"}:
        copies = [one.file for one in backups(home)]
        if phase == "publish":
            copies = list((home / "published").glob("*.duckdb"))
        held = [look_at_copy(copy) for copy in copies]
        assert all(order == before[: len(order)] for order in held)
        done = before in held
    elif phase == "restore":
        return _after_restore(home, before)
    else:
        after = look(home)
        assert after in (before, [*before, number]), f"{before} became {after}"
        return after, after != before
    assert look(home) == before
    return before, done


def _has_views(home: Path) -> bool:
    """Whether the last step of a migration is recorded."""
    file = home / "warehouse.duckdb"
    with explained(file):
        connection = connect(file)
        found = connection.execute("select count(*) from migrations where version = 0").fetchone()
        connection.close()
    return found == (1,)


def _after_restore(home: Path, before: list[int]) -> tuple[list[int], bool]:
    """Either state, whole; where the old file is aside and the new one not in place, nothing begins anew."""
    held = look_at_copy(backups(home)[0].file)
    shutil.rmtree(home / "published", ignore_errors=True)  # it may tell what the backup does not know
    if not (home / "warehouse.duckdb").exists():
        try:
            look(home)
        except WarehouseError as error:
            assert "`ballast restore`" in str(error)  # noqa: PT017 - the sentence is what is proven
        else:
            raise AssertionError("an empty warehouse was begun in the missing one's place")
        _restore(home, 0)
        return look(home), False
    after = look(home)
    assert after in (before, held), f"{before} became {after}, the backup holds {held}"
    return after, after == held


def crowd(home: Path, processes: int, rounds: int) -> list[int]:
    """Processes that store and read at once; the order in which their deliveries were taken in.

    Raises:
        AssertionError: one failed, or a version is lost or doubled.
    """
    started = [FORKS.Process(target=mingle, args=(home, number, rounds)) for number in range(processes)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    assert [one.exitcode for one in started] == [0] * processes
    order = look(home)
    assert sorted(order) == sorted(who * 1000 + turn for who in range(processes) for turn in range(rounds))
    return order


def mingle(home: Path, who: int, rounds: int) -> None:
    """Store a delivery and read everything, again and again; who stands still says where."""
    faulthandler.dump_traceback_later(_STANDS_STILL)
    for turn in range(rounds):
        store(home, who * 1000 + turn)
        assert who * 1000 + turn in look(home)
    faulthandler.cancel_dump_traceback_later()
