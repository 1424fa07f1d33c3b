"""The warehouse on DuckLake beside the file, in one run: units of work, commits of several processes, a day.

`python -m benchmarks._lake` with a PostgreSQL of this machine (tests/standins/postgres.py starts one).
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks._stress import FORKS
from flows import clock
from flows.commands import calls
from flows.day import run_day
from tasks.context.context import Context
from tasks.run.plan import Asked, plan
from tests.standins.lakes import lake_in
from tests.standins.postgres import Database, running
from warehouse.backend import Warehouse
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.record import ledger
from warehouse.record.verify import chain

ROUNDS, PROCESSES, EACH = 40, 4, 5


def append(warehouse: Warehouse) -> int:
    """A unit of work as small as any: one entry of the ledger."""
    return warehouse.transact(lambda db: ledger.append(db, "bench", "x", {}, datetime.now(UTC))).seq


def median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds that a piece of work takes, after one that does not count."""
    work()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def appends(warehouse: Warehouse, number: int) -> None:
    """One process' share."""
    for _ in range(number):
        append(warehouse)


def together(warehouse: Warehouse) -> tuple[float, int, int]:
    """Seconds, entries, and broken links, when several processes append at once."""
    before = warehouse.read(lambda db: ledger.head(db)[0])
    started = [FORKS.Process(target=appends, args=(warehouse, EACH)) for _ in range(PROCESSES)]
    began = time.perf_counter()
    for one in started:
        one.start()
    for one in started:
        one.join()
    taken = time.perf_counter() - began
    return taken, warehouse.read(lambda db: ledger.head(db)[0]) - before, chain(warehouse.read).broken


def day(home: Path, lake: Database | None) -> float:
    """Seconds of one demo day in this process."""
    from config import settings  # noqa: PLC0415 - it reads the environment

    chosen = settings.load(home)
    if lake is not None:
        chosen = chosen.model_copy(update={"warehouse": f"ducklake:postgres:{lake.libpq}"})
    context = Context(chosen, lambda: calls.DEMO_EVENING, clock.sleep, "bench")
    request = plan(context, Asked(str(calls.DEMO), calls.DEMO_SESSION, "bundled"))
    began = time.perf_counter()
    run_day(context, request, notifying=False)
    return time.perf_counter() - began


def main() -> None:
    """Print the figures of both, by turns, so that what else the machine does is in both."""
    with running() as postgres, tempfile.TemporaryDirectory() as folder:
        os.environ["PGPASSWORD"] = postgres.password
        home = Path(folder)
        for name in ("file", "lake", "days"):
            (home / name).mkdir()
        file, lake = DuckDBFile(home / "file"), lake_in(home / "lake", postgres.database(), 60.0)
        both: tuple[tuple[str, Warehouse], ...] = (("file", file), ("lake", lake))
        for turn in range(3):
            for name, one in both:
                wrote, read = median(partial(append, one)), median(partial(one.read, ledger.head))
                print(f"{turn} {name}: a unit of work {wrote:.1f} ms, a read {read:.1f} ms")
        for name, one in both:
            taken, entries, wrong = together(one)
            print(f"{name}: {PROCESSES} × {EACH} appends: {taken:.1f} s, {entries} entries, {wrong} broken")
        database = postgres.database()
        (home / "days" / "file").mkdir()
        (home / "days" / "lake").mkdir()
        for turn in range(4):
            print(f"day {turn}: file {day(home / 'days' / 'file', None):.2f} s", end=", ")
            print(f"lake {day(home / 'days' / 'lake', database):.2f} s")


if __name__ == "__main__":
    main()
