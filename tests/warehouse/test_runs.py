"""The ledger of runs: entered, retried, measured, ended, closed when their process is gone, and found."""

import json
import subprocess
import sys
from datetime import date, timedelta

import pytest

from quant.errors import InputError
from tests.warehouse.deliveries import DAY, NOW, SOURCE, bar, batch, deliver
from warehouse import ingest, owner, runs
from warehouse.tables.batches import StoredBatch
from warehouse.tables.table import of_batches

HOUR = timedelta(hours=1)


def enter(db, run_id, *, flow="daily", portfolio="core", started_at=NOW, owned_by=None):
    db.run(
        "run_insert",
        run_id=run_id,
        flow=flow,
        portfolio=portfolio,
        session=DAY,
        source=SOURCE,
        historical=False,
        started_at=started_at,
        owner=owned_by or owner.current(),
        config='{"name": "core"}',
        settings=json.dumps({"source": SOURCE}),
        versions=json.dumps({"python": "3"}),
        definitions=None,
        known_entries=None,
        kill_switch=None,
        url=None,
        portfolio_file=None,
        last_rebalance=None,
    )


def dead_owner():
    """The name that a process, now ended, went by."""
    code = "from warehouse import owner; print(owner.current())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def state(db, run_id):
    run = runs.load(db, run_id)
    return run.status, run.error


def test_a_run_is_read_as_it_was_entered(warehouse):
    with warehouse.open() as db:
        enter(db, "20150824-core-1")
    with warehouse.open() as db:
        run = runs.load(db, "20150824-core-1")
    assert (run.portfolio, run.session, run.source, run.started_at) == ("core", DAY, SOURCE, NOW)
    assert (run.status, run.error, run.batch_id, run.known_at, run.value) == (
        "running",
        None,
        None,
        None,
        None,
    )
    assert json.loads(run.config) == {"name": "core"}
    assert (json.loads(run.settings), run.made_with, run.stale) == ({"source": SOURCE}, {"python": "3"}, None)


def test_an_unknown_run(warehouse):
    with warehouse.open() as db, pytest.raises(InputError, match=r"unknown run 'x'.*show latest"):
        runs.load(db, "x")


def test_what_a_run_knows_is_what_was_known_when_its_ingest_committed(warehouse):
    first = deliver(warehouse, [bar(100.0)], batch_id="a").known_from
    with warehouse.open() as db:
        enter(db, "r")
        ingest.hold(db, batch("b"), "empty")
        runs.ingested(db, "r", "b", "docs/index.html", NOW + HOUR)
    deliver(warehouse, [bar(101.0)], batch_id="c", now=NOW + 2 * HOUR)
    with warehouse.open() as db:
        run = runs.load(db, "r")
    assert (run.batch_id, run.known_at, run.docs) == ("b", first, "docs/index.html")


def test_before_anything_is_known_a_run_knows_nothing(warehouse):
    with warehouse.open() as db:
        enter(db, "r")
        ingest.hold(db, batch("b"), "empty")
        runs.ingested(db, "r", "b", None, NOW)
        assert runs.load(db, "r").known_at is None


def test_a_retry_goes_on_with_what_the_run_had_ingested(warehouse):
    known = deliver(warehouse, [bar(100.0)], batch_id="a").known_from
    with warehouse.open() as db:
        enter(db, "r", owned_by=dead_owner())
        runs.ingested(db, "r", "a", None, NOW)
        runs.finish(db, "r", "failed", NOW, error="the vendor was down")
        db.run("run_reopen", run_id="r", owner=owner.current(), kill_switch="stop", now=NOW + HOUR)
        assert runs.close_dead(db, NOW + HOUR) == ["r"]
        run = runs.load(db, "r")
    assert (run.status, run.error, run.batch_id, run.known_at) == ("running", None, "a", known)
    assert run.kill_switch == "stop"  # pulled since: it holds the retry too


def test_measured_facts_and_missing_numbers(warehouse):
    facts = {
        "value": 1000.5, "cash": -1.0, "benchmark_day": float("nan"), "benchmark_month": 0.25,
        "benchmark_year": -0.5,
        "panel_digest": "f" * 64, "panel_sessions": 502, "gaps": "[]", "measures": ["ewma", "risk"],
        "risk_volatility": 0.125,
        "stale": ["SPY", "O'Q"], "allocation_fitted_on": date(2024, 6, 3), "allocation_reason": "too few",
    }  # fmt: skip
    with warehouse.open() as db:
        enter(db, "r")
        runs.measured(db, "r", runs.Facts(**facts), NOW)
        run = runs.load(db, "r")
    assert {name: getattr(run, name) for name in facts} == facts | {"benchmark_day": None}


def test_a_dead_run_is_closed_as_interrupted_and_a_living_one_goes_on(warehouse):
    with warehouse.open() as db:
        enter(db, "dead", owned_by=dead_owner())
        enter(db, "alive")
        enter(db, "done", owned_by=dead_owner())
        runs.finish(db, "done", "no_action", NOW)
        assert runs.close_dead(db, NOW + 100 * HOUR) == ["alive"]
        assert state(db, "dead") == ("failed", "interrupted")
        assert state(db, "alive") == ("running", None)
        assert state(db, "done") == ("no_action", None)


def test_a_run_of_another_machine_is_dead_when_it_was_silent_for_an_hour(warehouse):
    with warehouse.open() as db:
        enter(db, "far", owned_by="another-host|1|2|3")
        assert runs.close_dead(db, NOW + HOUR) == ["far"]
        assert runs.close_dead(db, NOW + HOUR + timedelta(seconds=1)) == []
        assert state(db, "far") == ("failed", "interrupted")


@pytest.fixture
def ledger(warehouse):
    """Runs that ended in another order than they started."""
    with warehouse.open() as db:
        for number, (run_id, portfolio, flow, status) in enumerate(
            [
                ("20150821-core-aa11", "core", "daily", "no_action"),
                ("20150824-core-aa22", "core", "daily", "held"),
                ("20150824-other-bb", "other", "daily", "partial"),
                ("20150824-core-cc", "core", "daily", "failed"),
                ("20150824-core-dd", "core", "backfill", "no_action"),
                ("20150824-core-ee", "core", "daily", None),
            ]
        ):
            enter(db, run_id, portfolio=portfolio, flow=flow, started_at=NOW - number * HOUR)
            if status:
                runs.finish(db, run_id, status, NOW + number * HOUR)
    return warehouse


@pytest.mark.parametrize(
    ("portfolio", "newest"), [(None, "20150824-other-bb"), ("core", "20150824-core-aa22")]
)
def test_the_latest_is_the_daily_run_that_finished_last(ledger, portfolio, newest):
    with ledger.open() as db:
        assert runs.find(db, "latest", portfolio) == newest


@pytest.mark.parametrize("portfolio", ["nobody", "x' or 1=1 --"])
def test_there_is_no_latest_of_a_portfolio_that_never_ran(ledger, portfolio):
    with ledger.open() as db, pytest.raises(InputError, match="no finished run of portfolio"):
        runs.find(db, "latest", portfolio)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20150824-core-cc", "20150824-core-cc"),
        ("20150821", "20150821-core-aa11"),
        ("20150824-o", "20150824-other-bb"),
        ("20150824-core-e", "20150824-core-ee"),
    ],
)
def test_found_by_its_beginning(ledger, text, found):
    with ledger.open() as db:
        assert runs.find(db, text, None) == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("20150824", "5 runs begin so"),
        ("20150824-core", "4 runs begin so"),
        ("2016", "no such run"),
        ("%", "no such run"),
        ("'", "no such run"),
    ],
)
def test_a_beginning_of_many_or_none(ledger, text, problem):
    with ledger.open() as db, pytest.raises(InputError, match=f"{problem}.*latest"):
        runs.find(db, text, None)


def test_a_whole_id_is_found_though_another_begins_with_it(warehouse):
    with warehouse.open() as db:
        enter(db, "20150824-core-a")
        enter(db, "20150824-core-a1")
        assert runs.find(db, "20150824-core-a", None) == "20150824-core-a"


def test_a_batch_is_of_one_run_and_batches_stand_in_the_order_in_which_they_were_asked(warehouse):
    delivery = "20150824-ingest-0a1b2c3d-99999999"  # of the same day as a run of a portfolio called ingest
    named = [f"{delivery}-{number}" for number in (10, 2, 1)] + [delivery, "20150824-ingest-0a1b2c3d-1"]
    with warehouse.open() as db:
        for batch_id in named:
            ingest.hold(db, batch(batch_id), "empty")
        found = {
            run: [row.batch_id for row in of_batches(db, run, StoredBatch)]
            for run in (delivery, "20150824-ingest-0a1b2c3d", "20150824-ingest")
        }
    assert found == {
        delivery: [delivery, *(f"{delivery}-{number}" for number in (1, 2, 10))],
        "20150824-ingest-0a1b2c3d": ["20150824-ingest-0a1b2c3d-1"],
        "20150824-ingest": [],
    }
