"""SIGKILL at random moments, and eight processes at once, on a lake: nothing is lost, doubled or half-done.

One round of six kills, with --long the N of `--kills N`; `--soak-seed` chooses the moments.
"""

import random
import time
from datetime import UTC, datetime
from itertools import count, cycle

import pytest

from benchmarks._model import look_at_copy, order_of, staged
from benchmarks._stress import FORKS
from tests.standins.lakes import lake_in
from tests.standins.postgres import Database
from warehouse import ingest, staging

SPAN = 0.4  # seconds from a turn's begin to its kill, at most, to begin with


def store(home, database, number):
    """Merge a delivery, as a day does."""
    lake = lake_in(home, database, lock_timeout=60.0)
    batch, tables = staged(number)
    file = staging.staging_file(home, batch.batch_id)
    staging.create(file, batch, tables)
    lake.transact(lambda db: ingest.merge(db, batch, datetime.now(UTC)), file)
    file.unlink()


def back_up(home, database, number):
    lake_in(home, database).back_up(datetime.now(UTC), 2, 0)


def tidy(home, database, number):
    lake_in(home, database).tidy(datetime.now(UTC))


def restore(home, database, number):
    lake_in(home, database).restore(datetime.now(UTC))


TURNS = {"ingest": store, "backup": back_up, "upkeep": tidy, "restore": restore}
PHASES = ("ingest", "upkeep", "ingest", "backup", "ingest", "restore")


def work(phase, home, database, number, began):
    began.value = 1
    TURNS[phase](home, database, number)


def strike(phase, home, database, number, wait):
    """Begin a turn in its own process and kill it after `wait` seconds; False if it had ended by then."""
    began = FORKS.Value("i", 0)
    victim = FORKS.Process(target=work, args=(phase, home, database, number, began))
    victim.start()
    while not began.value and victim.is_alive():
        time.sleep(0.0005)
    time.sleep(wait)
    victim.kill()
    victim.join()
    assert victim.exitcode in {0, -9}, f"{phase} failed by itself"
    return victim.exitcode != 0


def look(lake):
    return lake.read(order_of)


def newest(lake):
    """The newest backup: what is named so is whole."""
    return max((lake.home / "backups").glob("warehouse-*.duckdb"))


@pytest.fixture
def place(lakes, tmp_path, postgres):
    """A HOME and its database, which other processes can be handed."""
    lake = lakes(tmp_path / "home")
    given = lake.place.given
    return lake, Database(
        given["host"], int(given["port"]), given["dbname"], given["user"], postgres.password
    )


@pytest.mark.soak
def test_nothing_is_lost_or_half_done_after_a_kill(place, request):
    lake, database = place
    kills, rng = request.config.getoption("--kills"), random.Random(request.config.getoption("--soak-seed"))
    kills = kills if request.config.getoption("--long") else min(kills, len(PHASES))
    numbers, struck, spans = count(), 0, dict.fromkeys(TURNS, SPAN)
    store(lake.home, database, next(numbers))
    back_up(lake.home, database, 0)
    order = look(lake)
    for phase in cycle(PHASES):
        if struck == kills:
            break
        victim, held = next(numbers), look_at_copy(newest(lake))
        hit = strike(phase, lake.home, database, victim, rng.uniform(0, spans[phase]))
        struck += hit
        spans[phase] *= 1.2 if hit else 0.7
        after = look(lake)
        possible = {"ingest": [order, [*order, victim]], "restore": [order, held]}.get(phase, [order])
        assert after in possible, f"after {struck} kills ({phase}): {order} became {after}"
        assert hit or after == possible[-1], f"{phase} ended without having done its work"
        order = after
        store(lake.home, database, number := next(numbers))
        order = [*order, number]
        assert look(lake) == order


def mingle(home, database, who, rounds):
    """Store a delivery and read everything, again and again."""
    for turn in range(rounds):
        store(home, database, who * 1000 + turn)
        assert who * 1000 + turn in look(lake_in(home, database))


def test_eight_processes_store_and_read_at_once(place):
    lake, database = place
    started = [FORKS.Process(target=mingle, args=(lake.home, database, who, 2)) for who in range(8)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    assert [one.exitcode for one in started] == [0] * 8
    assert sorted(look(lake)) == sorted(who * 1000 + turn for who in range(8) for turn in range(2))
