"""Corrections of calendars: used wherever a calendar is asked, refused where they correct nothing."""

from datetime import UTC, date, datetime, time

import pytest

from config import portfolio_file as portfolios
from config.calendar_overrides import exchange, of_home
from config.calendars import Calendar, Change
from config.portfolio import Portfolio
from quant.errors import InputError
from tests.config.files import portfolio_file

SATURDAY, FRIDAY = date(2024, 3, 2), date(2024, 3, 1)  # a special Saturday session; a closure


def table(calendar="XNYS", day=SATURDAY, state="open", more="", reason='reason = "disaster recovery test"'):
    return (
        f'[[calendar_override]]\ncalendar = "{calendar}"\ndate = {day}\nstate = "{state}"\n{reason}\n{more}\n'
    )


OPEN = table()
CLOSED = table(day=FRIDAY, state="closed", reason='reason = "typhoon"')
EARLY = table(day=date(2024, 3, 5), more="close = 12:30:00")


@pytest.fixture
def corrected(tmp_path):
    (tmp_path / "calendars.toml").write_text(OPEN + CLOSED + EARLY)
    return exchange(tmp_path, "XNYS")


def test_a_corrected_calendar_is_right_wherever_it_is_asked(corrected):
    days = [date(2024, 2, 29), SATURDAY, date(2024, 3, 4), date(2024, 3, 5)]
    assert corrected.sessions(date(2024, 2, 29), date(2024, 3, 5)) == days
    assert corrected.window(date(2024, 3, 5), 4) == days
    assert [corrected.is_session(day) for day in (FRIDAY, SATURDAY)] == [False, True]
    assert [corrected.last_session(day) for day in (FRIDAY, SATURDAY)] == [date(2024, 2, 29), SATURDAY]
    assert corrected.close(SATURDAY) == datetime(2024, 3, 2, 21, tzinfo=UTC)  # as usual, at 16:00
    assert corrected.close(date(2024, 3, 5)) == datetime(2024, 3, 5, 17, 30, tzinfo=UTC)
    assert corrected.next_close(date(2024, 2, 29)) == corrected.close(SATURDAY)
    assert corrected.last_completed(datetime(2024, 3, 2, 22, 59, tzinfo=UTC)) == date(2024, 2, 29)
    assert corrected.last_completed(datetime(2024, 3, 2, 23, tzinfo=UTC)) == SATURDAY
    with pytest.raises(InputError, match=r"2024-03-01 is not a trading day.*2024-02-29 and 2024-03-02"):
        corrected.resolve(FRIDAY, datetime(2024, 4, 1, tzinfo=UTC))


def test_other_calendars_stay_as_they_are(tmp_path):
    (tmp_path / "calendars.toml").write_text(OPEN)
    assert exchange(tmp_path, "XLON") == Calendar("XLON")
    assert exchange(tmp_path, "NYSE").is_session(SATURDAY)  # another name of XNYS
    assert of_home(tmp_path / "elsewhere") == ()


def test_a_portfolio_knows_its_own_corrections_and_those_of_home(tmp_path):
    (tmp_path / "calendars.toml").write_text(OPEN + EARLY + table("XLON"))
    own = table(day=date(2024, 3, 5), more="close = 11:00:00", reason='reason = "as told by the exchange"')
    file = portfolio_file(tmp_path, tail=CLOSED + own)
    known = portfolios.load(str(file), tmp_path)
    assert known.exchange().changes == (
        Change(FRIDAY, False), Change(SATURDAY, True), Change(date(2024, 3, 5), True, time(11)),
    )  # fmt: skip
    assert {one.calendar for one in known.calendar_override} == {"XNYS"}
    stored = Portfolio.model_validate_json(known.model_dump_json())
    assert stored.exchange() == known.exchange()  # a replay asks the same calendar


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        (table("XNYZ"), ["XNYZ", "XNYS"]),
        (table(day=date(2024, 3, 4)), ["2024-03-04", "session anyway"]),
        (table(state="closed"), ["2024-03-02", "no session anyway"]),
        (table(day=date(1960, 3, 5)), ["1960-03-05", "begins on 1970-01-02"]),
        (table(reason=""), ["calendar_override #1.reason", "missing"]),
        (table(reason='reason = ""'), ["calendar_override #1.reason", "at least 1"]),
        (table(state="shut"), ["calendar_override #1.state", "'shut'", "open"]),
        (table(day=FRIDAY, state="closed", more="close = 12:30:00"), ["close is for state"]),
        (OPEN + OPEN, ["2024-03-02", "stands twice"]),
        (OPEN.replace("reason", "raeson"), ["raeson", "'reason'"]),
    ],
)
def test_a_correction_that_is_wrong_is_refused_with_its_file(tmp_path, text, fragments):
    (tmp_path / "calendars.toml").write_text(text)
    with pytest.raises(InputError) as refused:
        of_home(tmp_path)
    file = portfolio_file(tmp_path, tail=text)
    with pytest.raises(InputError) as also:
        portfolios.read(file)
    for path, error in ((tmp_path / "calendars.toml", refused), (file, also)):
        for fragment in [str(path), *fragments]:
            assert fragment in str(error.value)
