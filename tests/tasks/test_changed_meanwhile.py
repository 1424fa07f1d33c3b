"""A portfolio file and its holdings are changed while a day runs: it ends by what it began with."""

import pytest

from flows import day
from tasks.record.replay import replay
from tasks.run.lifecycle import run_id_of
from tasks.snapshot import between_steps
from tests.e2e import invariants
from tests.tasks.desk import HOLDINGS, SESSION, TRADES, Desk, market, run_day

OTHER = {"AAA": 0.2, "BBB": 0.3, "CCC": 0.5}


class Killed(BaseException):
    """What ends a process without a word."""


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "desk")


def trades(report):
    return [(trade.symbol, trade.side, trade.quantity, trade.limit_price) for trade in report.trades]


def changing(desk, then=lambda: None):
    """The step `measure`, before which somebody saves another portfolio file and other holdings."""
    measure = day.measure

    def step(context, run_id):
        desk.portfolio({**HOLDINGS, "AAA": 1.0}, OTHER)
        then()
        return measure(context, run_id)

    return step


def test_it_ends_by_the_file_that_it_began_with_and_the_next_run_by_the_new_one(desk, monkeypatch):
    request = desk.order(desk.portfolio(), desk.prices(market()))
    with monkeypatch.context() as patched:
        patched.setattr(day, "measure", changing(desk))
        first = run_day(desk.context(), request, notifying=False)
    assert trades(first) == TRADES
    assert replay(desk.context(), first.run_id).difference is None
    request = desk.order(desk.folder / "trio.toml", desk.prices(market()))
    second = run_day(desk.context(), request, notifying=False)
    assert second.value == pytest.approx(5_000 + 100 + 20_000 + 5_000)
    assert trades(second) != TRADES
    assert second.replaces == [f"run {first.run_id} (AAA, BBB, CCC)"]


def test_a_retry_after_a_kill_between_the_two_decides_by_what_its_run_began_with(desk, monkeypatch):
    request = desk.order(desk.portfolio(), desk.prices(market()))

    def kill():
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(day, "measure", changing(desk, kill))
        with pytest.raises(Killed):
            run_day(desk.context(), request, notifying=False, token="first-of-the-two")
    between_steps.forget(desk.context(), run_id_of(request, "first-of-the-two"))
    again = desk.order(desk.folder / "trio.toml", desk.prices(market()))
    assert again.portfolio != request.portfolio
    report = run_day(desk.context(), again, notifying=False, token="first-of-the-two")
    assert (trades(report), report.session) == (TRADES, SESSION.isoformat())
    assert desk.sql("select count(*) from runs") == [(1,)]
    assert replay(desk.context(), report.run_id).difference is None
    invariants.check(desk.home)
