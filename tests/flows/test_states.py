import json
import logging
import re
from datetime import UTC, date, datetime
from typing import get_args
from uuid import uuid4

import pytest
import typer
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from config import portfolio_file as portfolios
from config.calendars import Calendar
from config.examples import SHIPPED
from flows.commands import cli
from flows.daily import RunFailedError, daily
from flows.every import Outcome
from flows.schedule import holiday, resting, scheduled_session
from flows.states import COUNTED, NAMES, SAID, of_failure, of_report, of_several, run_name
from quant.errors import InputError
from tasks.report.model import RunStatus
from tests.tasks.desk import Desk, market

# 18:30 in New York: 23:30 UTC in winter, 22:30 UTC in summer.
WINTER = datetime(2025, 1, 6, 23, 30, tzinfo=UTC)
SUMMER = datetime(2025, 7, 7, 22, 30, tzinfo=UTC)
# Late on Monday in New York, Tuesday in UTC.
EVENING = datetime(2025, 1, 7, 3, 0, tzinfo=UTC)


def session_of(*, auto_scheduled, expected_start_time):
    run = FlowRun(flow_id=uuid4(), auto_scheduled=auto_scheduled, expected_start_time=expected_start_time)
    with FlowRunContext.model_construct(flow_run=run):
        return scheduled_session()


@pytest.mark.parametrize(
    ("planned", "session"),
    [(WINTER, date(2025, 1, 6)), (SUMMER, date(2025, 7, 7)), (EVENING, date(2025, 1, 6))],
)
def test_a_scheduled_run_works_on_the_new_york_date_of_its_planned_start(planned, session):
    assert session_of(auto_scheduled=True, expected_start_time=planned) == session


def test_a_run_that_a_person_started_has_no_date_of_its_own():
    assert session_of(auto_scheduled=False, expected_start_time=WINTER) is None


def test_outside_of_a_flow_run_there_is_no_date():
    assert scheduled_session() is None


@pytest.mark.parametrize("day", [date(2025, 7, 4), date(2025, 12, 25), date(2025, 1, 9), date(2025, 1, 11)])
def test_a_day_without_trading_ends_as_a_holiday(day):
    state = holiday(day, Calendar("XNYS"))
    assert state is not None
    assert (state.is_completed(), state.name) == (True, "Holiday")
    assert day.isoformat() in state.message


@pytest.mark.parametrize("day", [date(2025, 7, 3), date(2025, 12, 24)])
def test_a_half_day_is_a_session(day):
    assert holiday(day, Calendar("XNYS")) is None


def test_each_exchange_has_its_own_holidays():
    boxing_day = date(2025, 12, 26)
    assert holiday(boxing_day, Calendar("XNYS")) is None
    assert holiday(boxing_day, Calendar("XLON")) is not None


def test_an_example_is_not_scheduled(desk):
    example = portfolios.read(SHIPPED / "core.toml")
    state = resting(date(2025, 7, 3), example)
    assert (state.is_completed(), state.name) == (True, "Example")
    assert resting(date(2025, 7, 3), portfolios.read(desk.portfolio())) is None
    assert resting(date(2025, 7, 4), portfolios.read(desk.portfolio())).name == "Holiday"


def test_an_empty_home_schedules_nothing(desk, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(desk.home))
    state = daily.fn(portfolio="all")
    assert (state.is_completed(), state.name) == (True, "No portfolio")
    assert "there is no portfolio in" in state.message
    assert not (desk.home / "warehouse.duckdb").exists()


def test_all_of_an_empty_home_says_what_to_do(desk, monkeypatch, capsys):
    with pytest.raises(typer.Exit) as left:
        cli.daily("all", no_notify=True, home=desk.home, as_json=True)
    assert left.value.exit_code == 2
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert (answer["runs"], [row["portfolio"] for row in answer["errors"]]) == ([], ["all"])
    assert "copy core.toml" in said.err


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """What a day of the desk found: three trades."""
    desk = Desk(tmp_path_factory.mktemp("day"))
    return desk.day(market())


@pytest.mark.parametrize(
    ("status", "name", "message"),
    [
        ("recommended", "Recommended", r"2 buys, 1 sell, [\d,]+ USD to trade"),
        ("partial", "Partial", r"2 buys, [\d,]+ USD to trade; 1 HELD"),
        ("held", "Held", "no bar of AAA"),
        ("no_action", "Completed", "Nothing to do"),
    ],
)
def test_a_day_ends_in_a_state_that_says_what_was_decided(day, status, name, message):
    held = {"recommended": [], "partial": ["SELL"], "held": ["SELL", "BUY"], "no_action": []}[status]
    trades = [
        row.model_copy(update={"status": "held", "held_because": "no bar of AAA"} if row.side in held else {})
        for row in day.trades
    ]
    found = {"status": status, "trades": [] if status == "no_action" else trades, "drift": []}
    state = of_report(day.model_copy(update=found), "data")
    assert (state.is_completed(), state.name) == (True, name)
    assert re.fullmatch(message, state.message)


def outcomes(day, *statuses):
    """One of each; "failed" is refused, "rests" has nothing to do."""
    for number, status in enumerate(statuses):
        name = f"p{number}"
        if status == "failed":
            yield Outcome(name, error=InputError(f"{name}.toml: line 3\nis torn"))
        elif status == "rests":
            yield Outcome(name)
        else:
            yield Outcome(name, day.model_copy(update={"status": status}))


def test_a_day_of_several_says_how_many_of_each(day):
    found = [*outcomes(day, "recommended", "held", "recommended", "no_action", "rests")]
    state = of_several(found, None)
    assert (state.is_completed(), state.name) == (True, "Completed")
    assert state.message == "5 portfolios: 2 recommended, 1 held, 1 nothing to do, 1 not due"


def test_a_day_of_several_that_failed_says_which_and_why_in_one_line(day):
    found = [*outcomes(day, "recommended", "failed", "failed")]
    state = of_several(found, RunFailedError(found))
    assert state.is_failed()
    said = "2 of 3 failed; 1 recommended: p1.toml: line 3 is torn; p2.toml: line 3 is torn"
    assert state.message == said


def test_every_outcome_has_a_name():
    assert {*NAMES, "failed"} == {*get_args(RunStatus)}
    assert {*COUNTED} == {*NAMES}


def test_a_mistake_is_one_line_and_no_traceback_stands_in_the_log():
    assert of_failure(InputError("one\ntwo")).message == "one two"
    for error, is_shown in ((InputError("said in the state"), False), (ValueError("a fault of ours"), True)):
        found = (type(error), error, None)
        record = logging.LogRecord("prefect.engine", logging.ERROR, "", 0, "failed", (), found)
        assert SAID.filter(record) is is_shown


def test_a_run_is_named_after_portfolio_and_session():
    assert run_name("/somewhere/core.toml", date(2025, 1, 6)) == "core 2025-01-06"
    assert run_name("core", None) == "core latest"
