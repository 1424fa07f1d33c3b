"""A day on a lake, and two machines that share it: what one decides is seen by the other at once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quant.people import Actor
from tasks.context.context import live
from tasks.decisions import overrides
from tasks.outbox.halted import switch
from tasks.record import explain
from tasks.record.replay import replay
from tasks.report.find_report import find_report
from tasks.run.lifecycle import close_run, open_run
from tests.tasks.desk import EVENING, SESSION, Desk, held, market, proposed
from tests.tasks.importing import decide, take
from warehouse import owner, runs
from warehouse.ducklake.clock import Clock
from warehouse.ducklake.session import Session
from warehouse.record import ledger
from warehouse.record.verify import broken, verify

ADA, BOB = Actor.typed("Ada"), Actor.typed("Bob")
LATER = EVENING + timedelta(hours=1)
TIGHT = "[risk]\nmax_order_value = 20000.0\n"


@pytest.fixture
def desks(lakes, tmp_path):
    """Two desks on two machines: each has a HOME of its own, the portfolio's files, and the same lake."""
    lake = lakes(tmp_path / "shared")
    return [Desk(tmp_path / one, lake=lake.place.libpq, data=lake.place.data) for one in ("here", "there")]


def sound(desk):
    tables, found = verify(desk.context().warehouse.read, LATER + timedelta(days=1))
    assert list(broken(found)) == []
    return {one.table: one.rows for one in tables}


def test_a_day_is_decided_approved_filled_explained_and_replayed(desks):
    desk = desks[0]
    report = desk.day(market(), desk.portfolio(tables=TIGHT), notifying=True, token="00000001")
    assert (report.status, list(held(report)), len(proposed(report))) == ("partial", ["AAA"], 2)
    again = desk.day(market(), desk.portfolio(tables=TIGHT), token="00000002")  # replaces the first
    later = desk.at(LATER)
    decide((later, again.run_id), "approved", "BBB")
    row = "RUN,BBB,BUY,20,50.1,1,,one"
    assert [take((later, again.run_id), row).known for _ in range(2)] == [0, 1]
    assert replay(later.context(), again.run_id).difference is None
    assert find_report(later.context(), again.run_id, None).run_id == again.run_id
    assert explain.explain(later.context(), again.run_id, "BBB", None).run_id == again.run_id
    assert sound(later)["runs"] == 2
    [file] = (desk.home / "reports").glob(f"{again.run_id}.json")
    assert json.loads(file.read_text())["run_id"] == again.run_id


def test_what_one_machine_decides_the_other_sees_at_once(desks):
    here, there = desks
    files = [desk.portfolio(tables=TIGHT) for desk in desks]
    report = here.day(market(), files[0], token="00000001")
    decide((here.at(LATER), report.run_id), "approved", "BBB")
    seen = find_report(there.at(LATER).context(), report.run_id, None)
    assert {row.symbol: row.state for row in seen.trades}["BBB"] == "approved"
    asked = overrides.request(
        there.at(LATER).context(), "trio", "max_order_value", "AAA", ADA, "so", f"{SESSION}"
    )
    overrides.approve(here.at(LATER).context(), asked.id, BOB)  # the second person sits elsewhere
    switch(there.at(LATER).context(), "all", "disabled", ADA, "a fire")
    second = here.at(LATER).day(market(), files[0], token="00000002")
    assert len(proposed(second)) == 0
    assert "a fire" in json.dumps([row.held_because for row in second.trades])
    take((there.at(LATER), report.run_id), "RUN,BBB,BUY,20,50.1,1,,one", superseded=True)
    kinds = [one.kind for one in here.context().warehouse.read(ledger.entries)]
    assert kinds.count("fill") == 1
    assert sound(here)["ledger"] == len(kinds)


def test_a_run_of_a_machine_that_died_is_closed_and_repeated_by_the_other(desks, monkeypatch):
    here, there = desks
    source = here.prices(market())
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(owner.platform, "node", lambda: "a machine that is gone")
        left = open_run(here.context(), here.order(here.portfolio(), source))
    soon, late = there.at(EVENING + timedelta(minutes=50)), there.at(EVENING + timedelta(minutes=61))
    assert soon.context().warehouse.transact(lambda db: runs.close_dead(db, soon.now)) == [
        left
    ]  # it may live
    report = late.day(market(), late.portfolio())
    assert report.status != "failed"
    with late.visit() as db:
        stored = runs.load(db, left)
    assert (stored.status, stored.error) == ("failed", "interrupted")
    assert sound(late)["runs"] == 2


def test_clocks_that_differ_by_minutes_order_nothing(desks):
    """The run that begins second is the second, though its machine's clock is ten minutes slow."""
    known = datetime.now(UTC)
    fast, slow = known + timedelta(minutes=10), known - timedelta(minutes=10)
    begun = []
    for desk, clock in zip(desks, (fast, slow), strict=True):
        context = live(desk.context().settings, lambda clock=clock: clock, lambda _: None, "test")
        request = desk.order(desk.portfolio(), desk.prices(market()))
        run_id = open_run(context, request)
        close_run(context, run_id, "so ended")
        begun.append(context.warehouse.read(lambda db, run_id=run_id: runs.load(db, run_id)))
    first, second = begun
    assert first.started_at <= first.finished_at <= second.started_at <= second.finished_at
    assert abs(first.started_at - known) < timedelta(minutes=5)


def test_the_databases_time_is_carried_on_and_asked_again_when_the_machines_clock_is_set(desks):
    own, asked = [EVENING], []

    def database():
        asked.append(None)
        return EVENING + timedelta(minutes=len(asked))

    clock = Clock(database, lambda: own[0])
    first, second = clock(), clock()
    assert len(asked) == 1
    assert timedelta() <= second - first < timedelta(seconds=30)
    own[0] += timedelta(hours=1)  # somebody sets it
    assert clock() - first > timedelta(seconds=50)
    assert len(asked) == 2


def test_without_the_database_it_is_the_machines_own_clock(desks, postgres):
    context = live(desks[0].context().settings, lambda: EVENING, lambda _: None, "test")
    elsewhere = replace(
        context.warehouse, place=replace(context.warehouse.place, libpq="host=127.0.0.1 port=1")
    )
    assert elsewhere.clock(lambda: EVENING)() == EVENING
    assert isinstance(context.now, Clock)
    assert Session is not None
