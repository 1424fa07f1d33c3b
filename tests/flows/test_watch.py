"""The crash watch as a flow: which sessions are due, started once, and told of when it is silent."""

import os
from datetime import UTC, date, datetime, timedelta

import pytest

from config.calendars import Calendar
from flows.up import watching
from flows.watch import watch
from quant.errors import InputError
from tasks.watch import kept, lock, today
from tests.tasks.desk import Desk, market

MONDAY = date(2024, 7, 1)
[(OPEN, CLOSE)] = Calendar("XNYS").hours(MONDAY)


class Prefect:
    """What is asked of the server: the runs that were started, and the states that they are in."""

    def __init__(self, *states, paused=False):
        self.found, self.paused, self.started = [*states], paused, []

    def states(self, deployment, parameters):
        assert (deployment, parameters["calendar"]) == ("watch", "XNYS")
        return self.found

    def is_paused(self, deployment):
        return self.paused

    def start_once(self, deployment, parameters, command):
        self.started.append((deployment, parameters, command))


@pytest.fixture
def desk(tmp_path):
    """A HOME with a portfolio; the vendor is one that serves minutes."""
    desk = Desk(tmp_path)
    desk.day(market(), desk.portfolio())
    folder = desk.home / "portfolios"
    folder.mkdir()
    for file in ("trio.toml", "trio.csv"):
        (desk.folder / file).rename(folder / file)
    return desk


def at(desk, moment, **settings):
    return desk.at(moment).context(source="yfinance", **settings)


@pytest.mark.parametrize(
    ("moment", "is_due"),
    [
        (OPEN - timedelta(minutes=16), False),
        (OPEN - timedelta(minutes=15), True),
        (CLOSE - timedelta(minutes=1), True),
        (CLOSE, False),
        (OPEN + timedelta(days=3), False),  # a holiday
        (Calendar("XNYS").close(date(2024, 7, 3)) - timedelta(minutes=1), True),
        (Calendar("XNYS").close(date(2024, 7, 3)), False),  # a half day
    ],
)
def test_a_session_is_due_from_a_quarter_of_an_hour_before_its_open_to_its_close(desk, moment, is_due):
    server = Prefect()
    watching.look(at(desk, moment), server)
    assert bool(server.started) == is_due


@pytest.mark.parametrize(("minutes", "starts"), [(0, 1), (29, 1), (30, 0)])
def test_one_that_died_shortly_before_the_close_is_started_again_after_it(desk, minutes, starts):
    server = Prefect("CRASHED")
    watching.look(at(desk, CLOSE + timedelta(minutes=minutes)), server)
    assert len(server.started) == starts
    server = Prefect("COMPLETED")
    watching.look(at(desk, CLOSE + timedelta(minutes=minutes)), server)
    assert server.started == []


def test_where_an_exchange_never_closes_the_next_session_is_watched_before_the_last_one_ends(desk):
    file = desk.home / "portfolios" / "trio.toml"
    with file.open("a") as tables:
        tables.write('[[instrument]]\nsymbol = "CCC"\ncalendar = "24/7"\n')
    midnight = datetime(2024, 7, 2, tzinfo=UTC)
    for moment, days in ((-16, [1]), (-15, [1, 2]), (29, [1, 2]), (30, [2])):
        found = watching.due(at(desk, midnight + timedelta(minutes=moment)))
        assert [one.session.day for one in found if one.calendar == "24/7"] == days


def test_none_is_due_where_it_is_off_or_nobody_serves_minutes(desk):
    assert [*watching.due(desk.at(OPEN).context(source="bundled"))] == []
    (desk.home / "alerts.toml").write_text("[watch]\nlive = false\n")
    assert [*watching.due(at(desk, OPEN))] == []


@pytest.mark.parametrize(
    ("states", "starts"),
    [
        ([], 1),
        (["RUNNING"], 0),
        (["CRASHED"], 1),
        (["CANCELLED"], 0),
        (["FAILED"], 1),
        (["FAILED"] * 4, 0),
        (["CRASHED"] * 21, 0),
    ],
)
def test_a_watch_is_started_once_and_again_only_where_its_process_died(desk, states, starts):
    server = Prefect(*states)
    watching.look(at(desk, OPEN), server)
    assert len(server.started) == starts
    expected = {"calendar": "XNYS", "session": "2024-07-01"}
    assert all(one == ("watch", expected, "watch XNYS 2024-07-01") for one in server.started)


def test_a_paused_deployment_starts_none(desk):
    server = Prefect(paused=True)
    watching.look(at(desk, OPEN), server)
    assert server.started == []


def test_the_operator_is_told_once_of_a_watch_that_passes_no_minute(desk):
    def failures():
        return desk.sql("select payload from notices where kind = 'failure'")

    late = OPEN + timedelta(minutes=30)
    passed = kept.file(desk.home, "XNYS", MONDAY)
    passed.parent.mkdir()
    passed.write_bytes(b"")
    os.utime(passed, ((late - timedelta(minutes=4)).timestamp(),) * 2)
    watching.look(at(desk, late), Prefect("RUNNING"))
    assert failures() == []
    for minutes in (2, 3):
        watching.look(at(desk, late + timedelta(minutes=minutes)), Prefect("RUNNING"))
    [(said,)] = failures()
    assert "the watch of XNYS has passed no minute since 13:56 UTC" in said


def test_the_flow_ends_at_once_where_no_session_trades(desk, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(desk.home))
    monkeypatch.setattr("flows.clock.now", lambda: datetime(2024, 7, 4, 15, tzinfo=UTC))
    state = watch.fn("XNYS")
    assert (state.is_completed(), state.message) == (
        True, "market closed: there is no session to watch now.",
    )  # fmt: skip


def test_two_watches_of_one_exchange_do_not_run_at_once(desk):
    with (
        lock.alone(desk.home, "XNYS", MONDAY),
        pytest.raises(InputError, match="XNYS is being watched already"),
    ):
        today.watch(at(desk, OPEN), ["trio"], None, "XNYS")
