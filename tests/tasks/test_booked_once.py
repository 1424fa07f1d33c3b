"""What has happened once is booked once: whatever run a row names, and whoever has counted it already."""

from datetime import date, datetime, timedelta

import pytest

from quant.errors import InputError
from tests.tasks.desk import EVENING, HOLDINGS, SESSION
from tests.tasks.importing import entries, take
from tests.tasks.test_supersession import begun, ended, holdings

ROW = "RUN,AAA,SELL,105,99.8,1.5,{at},"
MONDAY = "2024-07-01T14:00:00Z"
NEXT = date(2024, 7, 1)


def again(day, session=SESSION, now=None):
    """A newer run of the same portfolio, and the clock after the fills of the tests."""
    desk, run_id = ended(begun(day, now or EVENING + timedelta(hours=2), session=session))
    return desk.at(EVENING.replace(month=7, day=2)), run_id


def counted(day, on):
    file = day[0].folder / "trio.toml"
    file.write_text(file.read_text().replace("benchmark", f"holdings_as_of = {on}\nbenchmark"))


@pytest.mark.parametrize("at", ["", MONDAY])
def test_the_same_row_is_the_same_fill_whatever_run_of_the_session_it_names(day, at):
    take((day[0].at(EVENING.replace(month=7, day=2)), day[1]), ROW.format(at=at))
    newer = again(day)
    before = entries(newer)
    done = take(newer, ROW.format(at=at))
    assert (done.fills, done.known) == ((), 1)
    assert (entries(newer), holdings(day)["AAA"]) == (before, HOLDINGS["AAA"] - 105)


def test_a_second_execution_is_one_whatever_run_it_names(day):
    take(day, ROW.format(at=""))
    newer = again(day)
    done = take(newer, ROW.format(at=""), ROW.format(at=""))
    assert (len(done.fills), done.known) == (1, 1)
    assert holdings(day)["AAA"] == HOLDINGS["AAA"] - 210
    assert take(newer, ROW.format(at=""), ROW.format(at="")).known == 2


def test_rows_of_one_file_that_name_two_runs_are_one_fill(day):
    newer = again(day)
    row = ROW.format(at=MONDAY)
    done = take(newer, row, row.replace("RUN", day[1]))
    assert (len(done.fills), done.known) == (1, 1)
    assert holdings(day)["AAA"] == HOLDINGS["AAA"] - 105


@pytest.mark.long
def test_without_a_time_it_may_be_another_one_of_another_session(day):
    take(day, ROW.format(at=""))
    newer = again(day, NEXT, EVENING.replace(month=7, day=1))
    with pytest.raises(InputError, match=f"known of run {day[1]}, and would be booked twice.*filled_at"):
        take(newer, ROW.format(at=""))
    take(newer, ROW.format(at=MONDAY))
    assert holdings(day)["AAA"] == HOLDINGS["AAA"] - 210


@pytest.mark.parametrize(
    ("on", "at", "sentence"),
    [
        ("2024-07-01", MONDAY, "SELL AAA was executed on 2024-07-01, .* 'trio' were counted on 2024-07-01"),
        ("2024-07-02", MONDAY, "was executed on 2024-07-01, .* counted on 2024-07-02 .* Leave the row out"),
        ("2024-06-28", "2024-06-28", "was executed on 2024-06-28, .* counted on 2024-06-28"),
        ("2024-07-01", "", "has no time of execution .* Add the day"),
    ],
)
def test_a_fill_that_counted_holdings_contain_is_refused(day, on, at, sentence):
    later = day[0].at(datetime(2024, 7, 3, tzinfo=EVENING.tzinfo)), day[1]
    counted(day, on)
    before = entries(later), holdings(day), (day[0].folder / "trio.toml").read_text()
    with pytest.raises(InputError, match=sentence):
        take(later, ROW.format(at=at))
    assert (entries(later), holdings(day), (day[0].folder / "trio.toml").read_text()) == before


def test_a_fill_after_the_count_is_booked(day):
    counted(day, "2024-06-28")
    take((day[0].at(EVENING.replace(month=7, day=2)), day[1]), ROW.format(at=MONDAY))
    assert holdings(day)["AAA"] == HOLDINGS["AAA"] - 105


@pytest.mark.parametrize("at", ["", "2024-06-28"])
def test_a_run_that_saw_the_count_is_filled_after_it(day, at):
    counted(day, SESSION)
    newer = again(day)
    take(newer, ROW.format(at=at))
    assert holdings(day)["AAA"] == HOLDINGS["AAA"] - 105
