import numpy as np
import pytest

from quant.market.performance import day_and_month

SESSIONS = np.array(
    ["2010-04-29", "2010-04-30", "2010-05-03", "2010-05-05", "2010-05-06"], dtype="datetime64[D]"
)
SP500 = np.array([1206.78, 1186.69, 1202.26, 1165.87, 1128.15])  # closes as published


def test_the_index_on_the_day_of_the_flash_crash():
    day, month = day_and_month(SP500, SESSIONS)
    assert day == pytest.approx(-0.0324, abs=5e-5)
    assert month == pytest.approx(1128.15 / 1186.69 - 1)


def test_on_the_first_session_of_a_month_both_are_the_same():
    day, month = day_and_month(SP500[:3], SESSIONS[:3])
    assert day == month == pytest.approx(1202.26 / 1186.69 - 1)


def test_what_lies_before_the_panel_is_unknown():
    day, month = day_and_month(SP500[2:], SESSIONS[2:])
    assert day == pytest.approx(1128.15 / 1165.87 - 1)
    assert np.isnan(month)
    assert np.isnan(day_and_month(SP500[:1], SESSIONS[:1])).all()


@pytest.mark.parametrize(("row", "unknown"), [(4, [True, True]), (3, [True, False]), (1, [False, True])])
def test_a_missing_close_is_not_replaced(row, unknown):
    closes = SP500.copy()
    closes[row] = np.nan
    assert list(np.isnan(day_and_month(closes, SESSIONS))) == unknown


def test_dates_may_be_in_any_unit():
    assert day_and_month(SP500, SESSIONS.astype("datetime64[ns]")) == day_and_month(SP500, SESSIONS)
