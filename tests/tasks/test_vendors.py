"""Breaker and budget: what they allow, who shares them, and what is left after the worst."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.access import Rate
from tasks.ingest.vendors import LONGEST_WAIT, State, Vendor, slot
from tasks.sources._enquiry import Failure

ROOT = Path(__file__).resolve().parents[2]
DOWN = Failure("outage", "it is down")


def vendor(desk, after=0.0, **settings):
    moved = desk.at(desk.now + timedelta(seconds=after))
    return Vendor("yfinance", moved.context(**settings))


def process(home, budget, count):
    command = [sys.executable, "-m", "tests.tasks.vendor_process", str(home), budget, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@given(
    st.lists(st.floats(0, 50), max_size=40),
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([1.0, 7.0, 60.0])), min_size=1, max_size=3),
)
def test_no_window_ever_holds_more_than_its_rate(pauses, rates):
    budget = [Rate(requests, seconds, "") for requests, seconds in rates]
    now, given_out = 0.0, []
    for pause in pauses:
        now += pause
        at = slot(given_out, budget, now)
        assert at >= now
        given_out.append(at)
    for rate in budget:
        for late, soon in zip(given_out[rate.requests :], given_out, strict=False):
            assert late - soon >= rate.seconds * (1 - 1e-9)


def test_a_short_wait_is_waited_for_and_a_long_one_refused(desk):
    waits = [vendor(desk, yahoo_budget="2/minute").leave() for _ in range(4)]
    assert waits == [0.0, 0.0, 60.0, 60.0]
    fifth = vendor(desk, yahoo_budget="2/minute")
    with pytest.raises(Failure) as refused:
        fifth.leave()
    assert refused.value.kind == "rate_limited"
    assert str(refused.value) == (
        "the budget of 2/minute requests to yfinance is spent until 2024-06-28 22:32 UTC "
        "(BALLAST_YAHOO_BUDGET)"
    )
    assert fifth.refused == 1
    assert vendor(desk, 120.0, yahoo_budget="2/minute").leave() == 0.0


def test_the_default_budget_paces_a_long_backfill_and_refuses_nothing(desk):
    now = [desk.now]

    def sleep(seconds):
        now[0] += timedelta(seconds=seconds)

    one = Vendor("yfinance", replace(desk.context(), now=lambda: now[0], sleep=sleep))
    for _ in range(300):
        one.leave()
        now[0] += timedelta(seconds=0.2)  # what a request takes
    assert one.refused == 0
    assert timedelta(minutes=4) <= now[0] - desk.now < timedelta(minutes=5)


def test_no_budget_writes_nothing(desk):
    assert vendor(desk, yahoo_budget="none").leave() == 0.0
    assert not vendor(desk).file.exists()


def test_a_breaker_opens_rests_tries_once_and_closes(desk):
    assert vendor(desk).admit() == "closed"
    vendor(desk).trip(DOWN)
    with pytest.raises(Failure, match="not asked before 2024-06-28 22:35 UTC: it is down"):
        vendor(desk, 299.0).admit()
    assert vendor(desk, 300.0).admit() == "trial"
    with pytest.raises(Failure):
        vendor(desk, 301.0).admit()  # one trial at a time
    assert vendor(desk, 421.0).admit() == "trial"  # the first died
    vendor(desk, 422.0).recover()
    assert vendor(desk, 423.0).admit() == "closed"


def test_a_vendor_that_asks_for_a_longer_pause_gets_it_up_to_a_day(desk):
    vendor(desk).trip(Failure("rate_limited", "slow down", retry_after=3600.0))
    assert vendor(desk).state().trip.until == desk.now + timedelta(hours=1)
    vendor(desk).trip(Failure("rate_limited", "slow down", retry_after=1e9))
    assert vendor(desk).state().trip.until == desk.now + timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"requests": ["x"]}', '{"requests": [NaN]}', "\x00" * 100, '{"trip": {"kind": 5}}'],
)
def test_a_file_that_cannot_be_read_is_no_state(desk, text):
    one = vendor(desk)
    one.file.parent.mkdir(parents=True)
    one.file.write_text(text)
    assert (one.state(), one.admit(), one.leave()) == (State(), "closed", 0.0)
    assert len(json.loads(one.file.read_text())["requests"]) == 1


def test_a_future_that_no_clock_had_is_forgotten(desk):
    far = vendor(desk, 10 * 365 * 86400.0)
    far.leave()
    far.trip(DOWN)
    assert vendor(desk).state() == State()
    assert vendor(desk).leave() <= LONGEST_WAIT


def test_two_processes_share_one_budget(desk):
    both = [process(desk.home, "25/day", 20) for _ in range(2)]
    allowed = [int(one.communicate(timeout=60)[0].split()[-1]) for one in both]
    assert sum(allowed) == 25


def test_two_processes_share_one_breaker(desk):
    vendor(desk).trip(DOWN)
    script = (
        "import sys; from datetime import datetime, timedelta; from pathlib import Path;"
        "from config.settings import Settings; from tasks.context.context import Context;"
        "from tasks.ingest.vendors import Vendor;"
        f"now = datetime.fromisoformat({desk.now.isoformat()!r}) + timedelta(seconds=float(sys.argv[1]));"
        f"place = Context(Settings(home=Path({str(desk.home)!r})), lambda: now, lambda _: None);"
        "print(Vendor('yfinance', place).admit())"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", script, at], cwd=ROOT, capture_output=True, text=True, check=False
        )
        for at in ("10", "301", "302")
    ]
    assert [one.stdout.strip() for one in found] == ["", "trial", ""]
    assert "not asked before" in found[0].stderr


def test_a_kill_while_state_is_written_loses_nothing_that_matters(desk):
    vendor(desk).trip(DOWN)
    for wait in (0.0, 0.02, 0.05, 0.1, 0.2):
        victim = process(desk.home, "100000/day", 10**9)
        assert victim.stdout.readline() == "ready\n"
        time.sleep(wait)
        victim.kill()
        victim.wait()
        victim.stdout.close()
        state = State.model_validate_json(vendor(desk).file.read_bytes())  # whole, whatever the moment
        assert state.trip is not None
        assert state.trip.why == "it is down"
    with pytest.raises(Failure):
        vendor(desk).admit()
