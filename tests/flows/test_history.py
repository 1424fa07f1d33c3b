import json
import platform
from dataclasses import replace
from datetime import date

import pytest

from flows.backfill_run import backfill
from quant.errors import BallastError, InputError
from tasks.data import backfill as filling
from tests.tasks.desk import CLOSES, SESSION, change, market, sessions

START = sessions(20)[0]


def test_history_is_stored_once(desk):
    portfolio, source = str(desk.portfolio()), desk.prices(market())
    first = backfill(desk.context(), portfolio, START, None, source)
    assert (first.start, first.end, first.source) == (START, SESSION, source)
    assert (first.rows_new, first.rows_restated, first.rows_quarantined) == (60, 0, 0)
    assert (first.held, first.errors) == ((), ())
    again = backfill(desk.context(), portfolio, START, None, source)
    assert (again.rows_new, again.rows_restated) == (0, 0)
    assert desk.sql("select count(*), min(session), max(session) from bars") == [(60, START, SESSION)]
    assert desk.sql("select distinct flow, status from runs") == [("backfill", "no_action")]
    assert list((desk.home / "staging").iterdir()) == []


def test_it_ends_on_the_session_before_a_holiday(desk):
    juneteenth = date(2024, 6, 19)
    done = backfill(desk.context(), str(desk.portfolio()), START, juneteenth, desk.prices(market()))
    assert done.end == date(2024, 6, 18)
    assert desk.sql("select max(session) from bars") == [(date(2024, 6, 18),)]


@pytest.mark.long
def test_large_histories_come_in_batches_and_one_that_is_held_leaves_the_others(desk, monkeypatch):
    monkeypatch.setattr(filling, "ROWS", 20)  # twenty sessions: one symbol at a time
    frame = change(market(), "BBB", SESSION, volume=-1.0)
    source = desk.prices(frame[frame["symbol"] != "CCC"])
    done = backfill(desk.context(), str(desk.portfolio()), START, None, source)
    assert (done.rows_new, done.rows_quarantined) == (39, 1)
    assert done.held == ("no bar was delivered; 1 of 1 asked symbols have no bars",)
    [error] = done.errors
    assert (error.symbol, error.kind) == ("CCC", "empty")
    batches = desk.sql("select batch_id, symbols from batches order by batch_id")
    assert batches == [(f"{done.run_id}-{n}", [s]) for n, s in enumerate(("AAA", "BBB", "CCC"), 1)]


def test_progress_is_told_over_all_batches(desk, monkeypatch):
    monkeypatch.setattr(filling, "ROWS", 40)
    told = []
    context = replace(desk.context(), progress=lambda *what: told.append(what))
    backfill(context, str(desk.portfolio()), START, None, desk.prices(market()))
    assert [what for what in told if what[0].startswith("Fetching")] == [
        ("Fetching AAA", 1, 3), ("Fetching BBB", 2, 3), ("Fetching CCC", 3, 3),
    ]  # fmt: skip


@pytest.mark.long
def test_an_interrupted_backfill_goes_on_where_it_stopped(desk, monkeypatch):
    monkeypatch.setattr(filling, "ROWS", 20)  # one symbol at a time
    portfolio, source = str(desk.portfolio()), desk.prices(market())

    def interrupt_at(symbol):
        def progress(what, done, of):
            if what == f"Fetching {symbol}":
                raise KeyboardInterrupt

        return replace(desk.context(), progress=progress)

    for symbol in ("BBB", "CCC"):
        with pytest.raises(KeyboardInterrupt):
            backfill(interrupt_at(symbol), portfolio, START, None, source)
        desk.sql("update runs set owner = $1 where status = 'running'", f"{platform.node()}|1|earlier|x")
    assert desk.sql("select distinct symbol from bars order by all") == [("AAA",), ("BBB",)]
    last = backfill(desk.context(), portfolio, START, None, source)
    assert (last.resumed, last.rows_new) == (2, 20)
    assert desk.sql("select symbols from batches where batch_id ^@ $1", last.run_id) == [(["CCC"],)]
    again = backfill(desk.context(), portfolio, START, None, source)
    assert (again.resumed, again.rows_new) == (0, 0)  # one that was finished is not resumed but repeated


def test_a_start_after_the_end_is_refused_and_nothing_is_written(desk):
    source = desk.prices(market())
    with pytest.raises(
        InputError, match="the start 2024-06-20 is after 2024-06-18, the last session to fetch"
    ):
        backfill(desk.context(), str(desk.portfolio()), date(2024, 6, 20), date(2024, 6, 19), source)
    assert not (desk.home / "warehouse.duckdb").exists()


def test_a_backfill_that_fails_is_closed_and_tells(desk):
    portfolio = desk.portfolio()
    source = desk.prices(market(CLOSES))
    desk.home.mkdir()
    (desk.home / "staging").write_text("a file stands where the folder should")
    with pytest.raises((BallastError, OSError)):
        backfill(desk.context(), str(portfolio), START, None, source)
    [(status, error)] = desk.sql("select status, error from runs")
    assert status == "failed"
    assert error
    [report] = (desk.home / "reports").iterdir()
    assert json.loads(report.read_text())["status"] == "failed"
