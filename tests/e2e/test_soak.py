"""SIGKILL at any moment of a day: the next run heals what is left, gives the same report, and tells once.

`--soak N` kills N times (20 in every suite, 200 in `make soak`), `--soak-seed` chooses the moments.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import invariants
from tests.e2e.command import INTERVAL, PATIENCE, Running
from tests.e2e.desk import Desk
from tests.e2e.reports import comparable
from tests.standins.slack import TOKEN, SlackStandIn

LANES = 2
TRIES = 3
LATE = 5.0  # seconds between accepting and answering, in which a victim is killed
PARTS = ("start", "fetch", "check", "merge", "measure", "alert", "decide", "digest", "details", "close")
"""Where a kill strikes; of messages: after Slack has accepted one and before it answers."""
ONCE = {"alert": 1, "digest": 1, "details": 1}


@dataclass(frozen=True)
class Lane:
    """Kills happen one after the other in a lane, in one HOME and one Slack."""

    desk: Desk
    slack: SlackStandIn

    def signs(self, name: str) -> dict[str, Callable[[], bool]]:
        """What is seen from outside when a part of the day begins, in order; `name` has not run before."""
        home = self.desk.home

        def staged() -> bool:
            return any((home / "staging").glob(f"*-{name}-*.duckdb"))

        return {
            "fetch": lambda: True,
            "check": staged,
            "merge": lambda: any((home / "data-docs" / "batches").glob(f"*-{name}-*.json")),
            "measure": lambda: not staged(),
            "decide": lambda: len(self.told(name)) >= 1,
            "close": lambda: len(self.told(name)) >= 3,
        }

    def told(self, name: str) -> list[str]:
        """What Slack has accepted about a portfolio, by kind."""
        with self.slack.open() as db:
            found = db.execute("select json_extract(body, '$.text') from messages").fetchall()
        texts = [text for (text,) in found if f"{name} ·" in text]
        return [_kind(text) for text in texts]

    def start(self, name: str, *, cold: bool = False) -> Running:
        return self.desk.daily(self.desk.portfolio(name), self.desk.prices(name), cold=cold)


def _kind(text: str) -> str:
    if " alert: " in text:
        return "alert"
    return "details" if "Details" in text else "digest"


@pytest.mark.soak
def test_the_next_run_heals_whatever_a_kill_left(driver, tmp_path, request):
    kills, seed = request.config.getoption("--soak"), request.config.getoption("--soak-seed")
    print(f"{kills} kills with seed {seed}: repeat with --soak {kills} --soak-seed {seed}")
    with ThreadPoolExecutor(LANES) as pool:
        some = range(min(LANES, kills))
        lanes = [pool.submit(lane, driver, tmp_path / str(n), kills, seed, n) for n in some]
        struck = sum((one.result() for one in lanes), Counter())
    print(struck)
    assert struck.total() == kills


def lane(driver, folder: Path, kills: int, seed: int, number: int) -> Counter[str]:
    """One lane's share of the kills; how many struck in each part of the day."""
    folder.mkdir()
    rng = random.Random(f"{seed} {number}")
    with SlackStandIn(folder / "slack.db") as slack:
        desk = Desk(folder, driver, {"BALLAST_SLACK_URL": slack.url, "BALLAST_SLACK_TOKEN": TOKEN})
        here = Lane(desk, slack)
        expected, lasting = undisturbed(here)
        struck: Counter[str] = Counter()
        for part in islice(cycle(PARTS), number, kills, LANES):
            name = strike(here, f"killed-{struck.total():03}", part, lasting, rng)
            heal(here, name, expected)
            struck[part] += 1
    return struck


def undisturbed(here: Lane) -> tuple[dict[str, Any], dict[str, float]]:
    """The report of a run that nobody disturbs, and how long each part of it lasts, in seconds."""
    name = "undisturbed"
    signs = here.signs(name)
    running, began = here.start(name), {}
    for part, sign in signs.items():
        wait_for(running, [sign])
        began[part] = time.monotonic()
    report = running.wait().report
    assert Counter(here.told(name)) == ONCE
    ends = [*list(began.values())[1:], time.monotonic()]
    lasting = {part: end - begin for (part, begin), end in zip(began.items(), ends, strict=True)}
    return comparable(report), lasting


def strike(here: Lane, name: str, part: str, lasting: dict[str, float], rng: random.Random) -> str:
    """Kill a run in a part of its day; its portfolio. A run that was quicker than its kill does not count."""
    for attempt in range(TRIES):
        portfolio = f"{name}-{attempt}"
        if victim(here, portfolio, part, lasting, rng) < 0:
            return portfolio
    raise AssertionError(f"{TRIES} runs ended before they could be killed in {part!r}")


def victim(here: Lane, name: str, part: str, lasting: dict[str, float], rng: random.Random) -> int:
    """One run that is to be killed in a part of its day; its exit code, negative if that succeeded."""
    signs = here.signs(name)
    if part in ONCE:
        earlier = [*ONCE].index(part)  # messages that Slack answers at once
        here.slack.fault("slow", seconds=0.0, times=earlier)
        here.slack.fault("accept_delay", seconds=LATE)
        running = here.start(name)
        wait_for(running, [lambda: len(here.told(name)) > earlier])
    elif part == "start":
        running = here.start(name, cold=True)
        time.sleep(rng.uniform(0, 2 * sum(lasting.values())))
    else:
        running = here.start(name)
        wait_for(running, [sign for other, sign in signs.items() if PARTS.index(other) <= PARTS.index(part)])
        time.sleep(rng.uniform(0, lasting[part]))
    running.kill()
    code = running.wait().code
    here.slack.mend()
    return code


def wait_for(running: Running, signs: Iterable[Callable[[], bool]]) -> None:
    """Wait for one sign after the other, or for the end of the run."""
    deadline = time.monotonic() + PATIENCE
    for sign in signs:
        while not sign() and running.poll() is None:
            assert time.monotonic() < deadline, running.err.read_text()
            time.sleep(INTERVAL)


def heal(here: Lane, name: str, expected: dict[str, Any]) -> None:
    """The next run of the same day finds the same, has told it once, and has buried the dead run."""
    had_told = "digest" in here.told(name)
    report = here.start(name).wait().report
    assert comparable(report) == expected
    assert {notice["state"] for notice in report["notices"]} == {"sent"}
    assert Counter(here.told(name)) == ONCE
    *dead, last = [ending for *ending, _ in invariants.runs(here.desk.home, name)]
    assert last == ["recommended", None]
    # A run that dies while it publishes had ended in the ledger; one that dies early had not begun there.
    allowed = [["failed", "interrupted"], *([last] if had_told else [])]
    assert [ending for ending in dead if ending not in allowed] == []
    invariants.check(here.desk.home)
