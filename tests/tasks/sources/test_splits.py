"""The factor between as-traded prices and today's, against hand-made cases and its definition."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sources._splits import later_splits, standing


def days(*texts):
    return np.array(texts, "datetime64[D]")


def test_apple_by_hand():
    # 7:1 on 2014-06-09 and 4:1 on 2020-08-31: one share of 2014-06-06 is 28 of today's.
    ex_dates, ratios = days("2020-08-31", "2014-06-09"), np.array([4.0, 7.0])
    asked = days("2014-06-06", "2014-06-09", "2020-08-28", "2020-08-31", "2024-01-02")
    assert later_splits(asked, ex_dates, ratios).tolist() == [28, 4, 4, 1, 1]


def test_without_splits_nothing_changes():
    assert later_splits(days("2020-01-02"), days(), np.array([])).tolist() == [1.0]


WEEK = ("2020-01-06", "2020-01-07", "2020-01-08", "2020-01-09")
dates = st.dates(date(1990, 1, 1), date(2025, 1, 1))


@given(
    st.lists(dates, max_size=20),
    st.lists(st.tuples(dates, st.sampled_from([0.05, 0.5, 2, 4, 10])), max_size=6),
)
def test_it_is_the_product_over_later_ex_dates(asked, splits):
    ex_dates = np.array([day for day, _ in splits], "datetime64[D]")
    found = later_splits(np.array(asked, "datetime64[D]"), ex_dates, np.array([ratio for _, ratio in splits]))
    for day, factor in zip(asked, found, strict=True):
        expected = np.prod([ratio for ex_date, ratio in splits if ex_date > day])
        np.testing.assert_allclose(factor, expected, rtol=1e-12)


@given(
    st.lists(dates, min_size=1, max_size=20),
    st.lists(st.tuples(dates, st.sampled_from([2.0, 3.0])), max_size=6),
)
def test_a_future_split_changes_every_factor_alike(asked, splits):
    """So as-traded prices stay: the vendor's adjusted prices are divided by the same ratio."""
    later = max([*asked, *(day for day, _ in splits)]) + timedelta(days=1)
    known = [np.array([split[i] for split in splits], kind) for i, kind in ((0, "datetime64[D]"), (1, float))]
    more = [np.append(known[0], np.datetime64(later)), np.append(known[1], 10.0)]
    asked = np.array(asked, "datetime64[D]")
    np.testing.assert_allclose(later_splits(asked, *more), 10 * later_splits(asked, *known), rtol=1e-12)


@pytest.mark.parametrize(
    ("closes", "counted"),
    [
        ([100.0, 101.0, 100.0, 99.0], True),
        ([400.0, 404.0, 100.0, 99.0], False),
        ([50.0, 50.5, 100.0, 99.0], True),
        ([np.nan, np.nan, 100.0, 99.0], True),
    ],
    ids=["divided", "not yet", "a market's move up", "no price before"],
)
def test_the_step_over_its_day_says_whether_prices_count_a_split(closes, counted):
    found = standing(days(*WEEK), np.array(closes), np.array(closes), days(WEEK[2]), np.array([4.0]))
    assert (found.counted.tolist(), found.ahead.tolist()) == ([counted], [False])


def test_a_split_after_the_last_price_is_ahead_whether_its_day_has_a_row_or_not():
    closes = np.array([100.0, 101.0, 100.0, np.nan])
    told = days(WEEK[2], WEEK[3], "2020-01-13")
    assert standing(days(*WEEK), closes, closes, told, np.full(3, 4.0)).ahead.tolist() == [False, True, True]
