"""Processes that are killed while they work on a warehouse, and what it must hold after that.

Deliveries are numbered; each brings random bars of five symbols on ten days with one of three closes, so
that most restate what earlier ones told. A model in plain Python says which versions follow from any order.
"""

import multiprocessing
import random
import time
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from itertools import count
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import _store
from warehouse.backup import take
from warehouse.connection import Database, Warehouse
from warehouse.publish import publish
from warehouse.restore import restore
from warehouse.verify import broken, judge

SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE")
DAYS = [date(2024, 1, 1) + timedelta(days=day) for day in range(10)]
CLOSES = (100.0, 101.0, 102.0)
FRESH = 60
"""Batches after which a lane begins a new warehouse: comparing all versions stays quick."""
PHASES = ("ingest", "ingest", "ingest", "create", "publish", "backup", "restore")
SPAN = {"ingest": 0.6, "create": 0.6, "publish": 0.2, "backup": 0.6, "restore": 0.9}
"""Seconds within which a kill strikes: a few turns on an idle machine."""
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["benchmarks._warm"])

Version = tuple[str, date, float, str, str | None]
"""Symbol, session, close, the batch that told it, and the batch that ended it (None: current)."""
_FOUND = """
    select bars.symbol, bars.session, bars.close, bars.batch_id, ended.batch_id
    from bars left join batches as ended on ended.known_from = bars.known_to"""


def delivery(number: int) -> dict[tuple[str, date], float]:
    """The closes that a delivery brings."""
    rng = random.Random(number)
    keys = [(symbol, day) for symbol in SYMBOLS for day in DAYS if rng.random() < 0.5]
    return {key: rng.choice(CLOSES) for key in keys}


def store(home: Path, number: int) -> None:
    """Stage and merge one delivery."""
    rows = [
        {"row_id": row, "symbol": symbol, "session": day, "volume": 1.0}
        | dict.fromkeys(("open", "high", "low", "close"), close)
        for row, ((symbol, day), close) in enumerate(delivery(number).items())
    ]
    bars = pa.Table.from_pylist(rows)
    sessions = np.array(DAYS, dtype="datetime64[D]")
    _store.merge(home, _store.batch(str(number), SYMBOLS, bars, sessions), {"bars": bars})


def expected(order: list[int]) -> set[Version]:
    """The versions after these deliveries, by a model that knows nothing of SQL."""
    current: dict[tuple[str, date], tuple[float, int]] = {}
    versions: set[Version] = set()
    for number in order:
        for key, close in delivery(number).items():
            if key in current and current[key][0] == close:
                continue
            if key in current:
                versions.add((*key, current[key][0], str(current[key][1]), str(number)))
            current[key] = (close, number)
    return versions | {(*key, close, str(number), None) for key, (close, number) in current.items()}


def order_of(db: Database) -> list[int]:
    """The stored batches, after proof that every version and none else is there, and each invariant holds."""
    found = db.connection.execute("select batch_id from batches order by known_from").fetchall()
    order = [int(number) for (number,) in found]
    rows = db.connection.execute(_FOUND).fetchall()
    assert len(rows) == len(set(rows)), "a version stands twice"
    assert set(rows) == expected(order), f"the versions are not those of {order}"
    offences = list(broken(judge(lambda: nullcontext(db), datetime.now(UTC))))
    assert not offences, offences
    return order


def look(home: Path) -> list[int]:
    """`order_of` a warehouse, in one visit."""
    with Warehouse(home).open() as db:
        return order_of(db)


def work(home: Path, phase: str, first: int, done: "Synchronized[int]") -> None:
    """Do one thing again and again, until killed; `done` counts the turns that have ended (-1: not begun)."""
    warehouse = Warehouse(home)
    done.value = 0
    for turn in count():
        if phase == "ingest":
            store(home, first + turn)
        elif phase == "create":
            folder = home / f"new-{first}-{turn}"
            folder.mkdir()
            look(folder)
        elif phase == "publish":
            publish(warehouse)
        elif phase == "backup":
            take(warehouse, datetime.now(UTC), 2, 0)
        else:
            restore(warehouse, datetime.now(UTC))
        done.value = turn + 1


def kill(home: Path, phase: str, rng: random.Random, first: int) -> str:
    """Kill a process in a phase and prove what it left; what became of the turn that it was in.

    Raises:
        AssertionError: something committed is lost, or something half-done is seen.
    """
    before = look(home)
    done = FORKS.Value("i", -1)
    victim = FORKS.Process(target=work, args=(home, phase, first, done))
    victim.start()
    while done.value < 0 and victim.is_alive():
        time.sleep(0.001)
    time.sleep(rng.uniform(0, SPAN[phase]))
    victim.kill()
    victim.join()
    assert victim.exitcode == -9, f"{phase} ended by itself"
    after = look(home)
    for folder in home.glob("new-*"):
        assert look(folder) == []
    if phase == "restore":
        assert after in (before, before[: len(after)])
        return "done" if len(after) < len(before) else "undone"
    committed = done.value if phase == "ingest" else 0
    told = after[len(before) :]
    assert after[: len(before)] == before
    assert told in (list(range(first, first + committed)), list(range(first, first + committed + 1)))
    return "done" if len(told) > committed else "undone"


def soak(folder: Path, kills: int, seed: int) -> Counter[tuple[str, str]]:
    """Kill `kills` times, in each phase in its turn; how often (phase, what became of its turn).

    After each kill the next run stores one more delivery; at the end a backup is taken and brought back.
    """
    rng = random.Random(seed)
    outcomes: Counter[tuple[str, str]] = Counter()
    number, home = 0, folder
    for turn in range(kills):
        if turn % FRESH == 0:
            home = folder / f"home-{turn}"
            home.mkdir()
            store(home, number)
            take(Warehouse(home), datetime.now(UTC), 2, 0)
            number += 1
        phase = PHASES[turn % len(PHASES)]
        outcomes[phase, kill(home, phase, rng, number)] += 1
        number += 1000  # more than a victim can store: no number is used twice
        store(home, number)
        number += 1
    take(Warehouse(home), datetime.now(UTC), 2, 0)
    assert restore(Warehouse(home), datetime.now(UTC)).passed_over == []
    return outcomes


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
    """Store a delivery and read everything, again and again."""
    for turn in range(rounds):
        store(home, who * 1000 + turn)
        assert who * 1000 + turn in look(home)
