"""Exchange sessions, against the published hours and holidays of the exchanges."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from config.calendars import RECENT, Calendar
from quant.errors import InputError

NEW_YORK = Calendar("XNYS")
LATER = datetime(2026, 1, 5, tzinfo=UTC)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("session", "close"),
    [
        (date(2015, 8, 24), utc(2015, 8, 24, 20)),  # summer time in New York
        (date(2015, 1, 6), utc(2015, 1, 6, 21)),  # winter time
        (date(2015, 3, 6), utc(2015, 3, 6, 21)),  # the Friday before the clocks went forward
        (date(2015, 3, 9), utc(2015, 3, 9, 20)),  # the Monday after
        (date(2014, 11, 28), utc(2014, 11, 28, 18)),  # the day after Thanksgiving: 13:00
    ],
)
def test_the_close_in_new_york(session, close):
    assert NEW_YORK.close(session) == close


def test_the_close_elsewhere():
    assert Calendar("XLON").close(date(2015, 8, 24)) == utc(2015, 8, 24, 15, 30)
    assert Calendar("XTKS").close(date(2015, 8, 24)) == utc(2015, 8, 24, 6)
    assert str(Calendar("XTKS").zone) == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("XNYS", date(1970, 1, 2)),
        ("XTKS", date(1997, 1, 6)),
        ("XSHG", date(1990, 12, 3)),
        ("XSES", date(1986, 1, 2)),
    ],
)
def test_each_exchange_begins_where_its_holidays_are_recorded(name, first):
    # The others' sessions here: no earlier holidays are known to the library.
    assert Calendar(name).first == first


def test_a_calendar_that_the_library_cannot_build():
    # The locked pandas lost the Orthodox Easter that the locked library asks it for. When an upgrade mends
    # that, this test fails, and the sentence in config/calendars.py may go with it.
    with pytest.raises(InputError, match=r"'ASEX'.*choose another"):
        Calendar("ASEX").is_session(date(2020, 1, 2))


@pytest.mark.parametrize(
    ("session", "following"),
    [
        (date(2015, 8, 24), utc(2015, 8, 25, 20)),
        (date(2015, 8, 21), utc(2015, 8, 24, 20)),  # over a weekend
        (date(2015, 9, 4), utc(2015, 9, 8, 20)),  # over Labor Day
        (date(2014, 11, 26), utc(2014, 11, 28, 18)),  # over Thanksgiving, to a half day
        (date(2001, 9, 10), utc(2001, 9, 17, 20)),  # the week without trading
    ],
)
def test_an_order_for_the_next_day_expires_at_its_close(session, following):
    assert NEW_YORK.next_close(session) == following


def test_which_days_are_sessions():
    assert NEW_YORK.is_session(date(2014, 11, 28))  # a half day is one
    for none in (date(2015, 7, 3), date(2015, 8, 22), date(1, 1, 1), date(1989, 12, 30), date(9999, 12, 31)):
        assert not NEW_YORK.is_session(none)


def test_sessions_of_a_week_with_a_holiday():
    assert NEW_YORK.sessions(date(2014, 11, 22), date(2014, 11, 30)) == [
        date(2014, 11, 24), date(2014, 11, 25), date(2014, 11, 26), date(2014, 11, 28),
    ]  # fmt: skip
    assert NEW_YORK.sessions(date(2014, 11, 27), date(2014, 11, 27)) == []


def test_sessions_outside_of_the_calendar():
    assert NEW_YORK.sessions(date(1, 1, 1), date(1970, 1, 5)) == [date(1970, 1, 2), date(1970, 1, 5)]
    assert NEW_YORK.sessions(date(1, 1, 1), date(1960, 1, 1)) == []
    assert NEW_YORK.sessions(date(9999, 1, 1), date(9999, 12, 31)) == []


def test_a_year_has_252_sessions():
    assert len(NEW_YORK.sessions(date(2015, 1, 1), date(2015, 12, 31))) == 252


@pytest.mark.parametrize("count", [1, 21, 252, 800])
def test_a_window_has_so_many_sessions_and_ends_on_the_last(count):
    window = NEW_YORK.window(date(2015, 8, 24), count)
    assert len(window) == count
    assert window[-1] == date(2015, 8, 24)
    assert window == sorted(set(window))


def test_a_window_is_shorter_at_the_calendars_begin():
    assert NEW_YORK.window(date(1970, 1, 5), 500) == [date(1970, 1, 2), date(1970, 1, 5)]


def test_the_newest_session_up_to_a_day():
    assert NEW_YORK.last_session(date(2015, 8, 24)) == date(2015, 8, 24)
    assert NEW_YORK.last_session(date(2015, 9, 7)) == date(2015, 9, 4)
    assert NEW_YORK.last_session(date(9999, 12, 31)) > date(2026, 1, 1)
    with pytest.raises(InputError, match=r"1970-01-01.*1970-01-02"):
        NEW_YORK.last_session(date(1970, 1, 1))


@pytest.mark.parametrize(
    ("now", "completed"),
    [
        (utc(2015, 8, 24, 21, 59, 59), date(2015, 8, 21)),  # a Monday, a second early
        (utc(2015, 8, 24, 22), date(2015, 8, 24)),  # two hours after the close
        (utc(2015, 8, 25, 3), date(2015, 8, 24)),  # the night after, by UTC another day
        (utc(2014, 11, 28, 19, 59), date(2014, 11, 26)),  # a half day closes at 18:00 UTC
        (utc(2014, 11, 28, 20), date(2014, 11, 28)),
        (utc(2015, 9, 7, 23), date(2015, 9, 4)),  # Labor Day
        (utc(2015, 3, 9, 22), date(2015, 3, 9)),  # the first summer close is an hour earlier
    ],
)
def test_a_session_is_complete_two_hours_after_its_close(now, completed):
    assert NEW_YORK.last_completed(now) == completed


def test_complete_in_tokyo_before_london_opens():
    now = utc(2015, 8, 24, 8)
    assert Calendar("XTKS").last_completed(now) == date(2015, 8, 24)
    assert Calendar("XLON").last_completed(now) == date(2015, 8, 21)


def test_the_default_is_the_last_completed_session():
    assert NEW_YORK.resolve(None, utc(2015, 8, 24, 22)) == date(2015, 8, 24)
    assert NEW_YORK.resolve(date(2010, 5, 6), LATER) == date(2010, 5, 6)


@pytest.mark.parametrize(
    ("holiday", "before", "after"),
    [
        (date(2015, 7, 3), "2015-07-02", "2015-07-06"),
        (date(2015, 8, 22), "2015-08-21", "2015-08-24"),
        (date(2001, 9, 12), "2001-09-10", "2001-09-17"),
    ],
)
def test_a_day_without_trading_is_refused_with_its_neighbours(holiday, before, after):
    with pytest.raises(InputError, match=f"{holiday}.*XNYS.*{before} and {after}"):
        NEW_YORK.resolve(holiday, LATER)


@pytest.mark.parametrize("day", [date(2015, 8, 24), date(2015, 8, 25), date(9999, 12, 31)])
def test_a_session_that_is_not_complete_is_refused_with_the_last_that_is(day):
    with pytest.raises(InputError, match=rf"{day} is not complete.*2015-08-21"):
        NEW_YORK.resolve(day, utc(2015, 8, 24, 21, 59))


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1969, 12, 31), date(1970, 1, 1)])
def test_before_the_calendar_begins(day):
    with pytest.raises(InputError, match=rf"{day}.*1970-01-02"):
        NEW_YORK.resolve(day, LATER)


def test_every_close_is_after_the_one_before():
    sessions = NEW_YORK.sessions(date(2014, 1, 1), date(2016, 12, 31))
    closes = [NEW_YORK.close(session) for session in sessions]
    assert all(late - early >= timedelta(hours=20) for early, late in pairwise(closes))
    assert [NEW_YORK.next_close(session) for session in sessions[:-1]] == closes[1:]


LONDON, TOKYO = Calendar("XLON"), Calendar("XTKS")


@pytest.mark.parametrize(
    ("calendar", "day", "close"),
    [
        (LONDON, date(2024, 8, 23), utc(2024, 8, 27, 15, 30)),  # over the bank holiday of the 26th
        (LONDON, date(2024, 8, 26), utc(2024, 8, 27, 15, 30)),  # on it
        (TOKYO, date(2024, 5, 2), utc(2024, 5, 7, 6)),  # over the golden week
        (TOKYO, date(2024, 5, 6), utc(2024, 5, 7, 6)),
        (NEW_YORK, date(2024, 7, 3), utc(2024, 7, 5, 20)),
        (LONDON, date(2024, 12, 23), utc(2024, 12, 24, 12, 30)),
        (LONDON, date(2024, 3, 28), utc(2024, 4, 2, 15, 30)),  # over Easter and the change of clocks
    ],
)
def test_the_next_close_of_an_exchange_that_may_rest(calendar, day, close):
    assert calendar.next_close(day) == close


@pytest.mark.parametrize(
    ("name", "moment", "day"),
    [
        ("XPAR", utc(2021, 6, 29, 22), date(2021, 6, 30)),  # midnight in summer
        ("XPAR", utc(2021, 1, 28, 22), date(2021, 1, 28)),  # an hour before midnight in winter
        ("XNYS", utc(2021, 6, 30, 3, 59), date(2021, 6, 29)),
        ("CMES", utc(2021, 6, 29, 21, 59), date(2021, 6, 29)),
        ("CMES", utc(2021, 6, 29, 22), date(2021, 6, 30)),  # 17:00 in Chicago: the next session opens
    ],
)
def test_the_day_of_an_instant_is_that_of_the_exchange(name, moment, day):
    assert Calendar(name).day_of(moment) == day


@pytest.mark.parametrize(
    ("start", "end", "rests"),
    [
        (date(1987, 10, 12), date(1987, 10, 23), []),  # the crash of the 19th was a Monday
        (date(1989, 12, 20), date(1990, 1, 5), [date(1989, 12, 25), date(1990, 1, 1)]),
        (date(1973, 1, 22), date(1973, 2, 20), [date(1973, 1, 25), date(1973, 2, 19)]),  # a day of mourning
    ],
)
def test_the_days_before_1990_are_known(start, end, rests):
    weekdays = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    expected = [day for day in weekdays if day.weekday() < 5 and day not in rests]
    assert NEW_YORK.sessions(start, end) == expected
    assert NEW_YORK.window(end, len(expected)) == expected
    assert NEW_YORK.last_completed(datetime.combine(end, time(23), UTC)) == end


def test_a_calendar_that_begins_later_says_where():
    tokyo = Calendar("XTKS")
    for asked in (
        lambda: tokyo.last_completed(utc(1987, 11, 1)),
        lambda: tokyo.resolve(None, utc(1987, 11, 1)),
        lambda: tokyo.last_session(date(1987, 11, 1)),
    ):
        with pytest.raises(InputError, match="is before the first known session of XTKS, 1997-01-06"):
            asked()


def test_a_run_of_before_knows_calendars_as_they_began_then():
    before = Calendar("XNYS", RECENT)
    assert before.first == date(1990, 1, 2)
    assert before.window(date(1990, 1, 4), 500) == [date(1990, 1, 2), date(1990, 1, 3), date(1990, 1, 4)]
    assert before.sessions(date(1987, 1, 1), date(1989, 12, 31)) == []


def test_tel_aviv_is_known_since_its_week_ends_on_friday():
    assert Calendar("XTAE").first == date(2026, 1, 5)
    assert Calendar("XTAE").close(date(2026, 1, 9)) == utc(2026, 1, 9, 11, 50)  # a Friday
    with pytest.raises(InputError, match="2025-12-31 is before the first known session of XTAE, 2026-01-05"):
        Calendar("XTAE").last_session(date(2025, 12, 31))


@pytest.mark.parametrize(
    ("now", "completed"),
    [
        (utc(2025, 6, 30, 22, 30), date(2025, 6, 29)),  # the 30th ends at midnight
        (utc(2025, 7, 1, 1, 59), date(2025, 6, 29)),
        (utc(2025, 7, 1, 2), date(2025, 6, 30)),
    ],
)
def test_a_day_of_24_hours_is_complete_after_midnight(now, completed):
    assert Calendar("24/7").last_completed(now) == completed
