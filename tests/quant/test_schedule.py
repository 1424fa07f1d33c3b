"""First session of a period; the dates are NYSE sessions."""

from datetime import date

import numpy as np
import pytest

from quant.market.schedule import calendar_due


@pytest.mark.parametrize(
    ("before", "last", "due"),
    [
        ("2019-12-31", "2020-01-02", {"monthly", "quarterly", "annually"}),
        ("2020-01-31", "2020-02-03", {"monthly"}),
        ("2020-03-31", "2020-04-01", {"monthly", "quarterly"}),
        ("2020-04-01", "2020-04-02", set()),
        ("1969-12-31", "1970-01-02", {"monthly", "quarterly", "annually"}),
        ("1968-09-30", "1968-10-01", {"monthly", "quarterly"}),
    ],
)
def test_first_session_of_its_period(before: str, last: str, due: set[str]) -> None:
    sessions = np.array(["1968-01-02", before, last], dtype="datetime64[D]")
    calendars = ("none", "monthly", "quarterly", "annually")
    assert {calendar for calendar in calendars if calendar_due(sessions, calendar)} == due


def test_nobody_can_tell_from_one_session() -> None:
    assert not calendar_due(np.array(["2020-01-02"], dtype="datetime64[D]"), "annually")


def test_dates_in_a_list_are_sessions_too() -> None:
    assert calendar_due([date(2024, 6, 28), date(2024, 7, 1)], "quarterly")
    assert not calendar_due([date(2024, 7, 1), date(2024, 7, 2)], "monthly")
