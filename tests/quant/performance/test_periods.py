import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.performance.periods import day_month_and_year
from quant.performance.time_weighted import time_weighted

SESSIONS = np.array(
    ["2010-04-29", "2010-04-30", "2010-05-03", "2010-05-05", "2010-05-06"], dtype="datetime64[D]"
)
SP500 = np.array([1206.78, 1186.69, 1202.26, 1165.87, 1128.15])  # closes as published


def test_the_index_on_the_day_of_the_flash_crash():
    day, month, _ = day_month_and_year(SP500, SESSIONS)
    assert day == pytest.approx(-0.0324, abs=5e-5)
    assert month == pytest.approx(1128.15 / 1186.69 - 1)


def test_on_the_first_session_of_a_month_both_are_the_same():
    day, month, _ = day_month_and_year(SP500[:3], SESSIONS[:3])
    assert day == month == pytest.approx(1202.26 / 1186.69 - 1)


def test_what_lies_before_the_panel_is_unknown():
    day, month, _ = day_month_and_year(SP500[2:], SESSIONS[2:])
    assert day == pytest.approx(1128.15 / 1165.87 - 1)
    assert np.isnan(month)
    assert np.isnan(day_month_and_year(SP500[:1], SESSIONS[:1])).all()


@pytest.mark.parametrize(("row", "unknown"), [(4, [True, True]), (3, [True, False]), (1, [False, True])])
def test_a_missing_close_is_not_replaced(row, unknown):
    closes = SP500.copy()
    closes[row] = np.nan
    assert list(np.isnan(day_month_and_year(closes, SESSIONS)[:2])) == unknown


def test_dates_may_be_in_any_unit():
    found = day_month_and_year(SP500, SESSIONS.astype("datetime64[ns]"))
    assert found[:2] == day_month_and_year(SP500, SESSIONS)[:2]
    assert np.isnan(found[2])  # the panel begins within the year


def test_the_index_in_2010_up_to_the_flash_crash():
    """1,115.10 at the end of 2009, as published."""
    days = np.concatenate([np.array(["2009-12-31"], SESSIONS.dtype), SESSIONS])
    _, month, year = day_month_and_year(np.concatenate([[1115.10], SP500]), days)
    assert (month, year) == (pytest.approx(1128.15 / 1186.69 - 1), pytest.approx(1128.15 / 1115.10 - 1))


def weighted(values, flows, days=SESSIONS, sessions=SESSIONS):
    found = time_weighted(np.array(values), np.array(flows), days, sessions)
    return [found.day, found.month, found.year, found.since]


def test_a_flow_is_no_return():
    """100 to 110 is 10%. With 50 more from the next session's start, 160 to 168 is 5%, and 168 stays."""
    days = SESSIONS[:3]
    values, flows = [100.0, 110.0, 168.0], [0.0, 0.0, 50.0]
    assert weighted(values, flows, days, days) == pytest.approx([0.05, 0.05, np.nan, 0.155], nan_ok=True)
    # The same without the flow: 68% more on the day that the money came.
    assert weighted(values, [0.0] * 3, days, days)[0] == pytest.approx(168 / 110 - 1)


def test_a_year_runs_from_the_last_session_of_the_year_before():
    days = np.array(["2023-12-28", "2023-12-29", "2024-01-02", "2024-01-31", "2024-02-01"], "datetime64[D]")
    values = [50.0, 100.0, 101.0, 110.0, 99.0]
    assert weighted(values, [0.0] * 5, days, days) == pytest.approx([-0.1, -0.1, -0.01, 0.98])


def test_what_is_not_known_is_not_made_up():
    # A session without a value is bridged, but for a flow in it; the day's own return is then not known.
    days = SESSIONS[[0, 1, 4]]
    assert weighted([100.0, 100.0, 90.0], [0.0] * 3, days) == pytest.approx(
        [np.nan, -0.1, np.nan, -0.1], nan_ok=True
    )
    assert np.isnan(weighted([100.0, 100.0, 90.0], [0.0, 0.0, 5.0], days)).all()
    assert np.isnan(weighted([100.0], [0.0], SESSIONS[-1:])).all()
    assert np.isnan(weighted([10.0, 9.0], [0.0, -10.0], SESSIONS[:2], SESSIONS[:2])).all()


@given(st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(-50, 500)), min_size=4, max_size=4))
def test_any_flows_leave_the_returns_that_were_earned(drawn):
    values, flows = [1000.0], [0.0]
    for earned, flow in drawn:
        values.append((values[-1] + flow) * (1 + earned))
        flows.append(flow)
    earned = np.array([one for one, _ in drawn])
    expected = [earned[-1], np.prod(1 + earned[1:]) - 1, np.nan, np.prod(1 + earned) - 1]
    assert weighted(values, flows) == pytest.approx(expected, nan_ok=True, abs=1e-9)
