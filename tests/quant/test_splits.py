"""A split that the holdings do not count: found by date, told in the words that brokers use."""

from datetime import date, timedelta
from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.actions.splits import Traded, ratio, refused, unannounced, unreconciled

FIRST = date(2020, 6, 1)
RATIOS = st.sampled_from([0.1, 0.5, 1.05, 1.5, 2.0, 4.0])


def days(count: int) -> np.ndarray:
    return np.arange(FIRST, FIRST + timedelta(days=count), dtype="datetime64[D]")


def splits(count: int, **on: float) -> np.ndarray:
    """1.0 but for some rows: row_3=2.0."""
    column = np.ones(count)
    for name, value in on.items():
        column[int(name.removeprefix("row_"))] = value
    column.setflags(write=False)
    return column


def test_apple_s_split_of_2020() -> None:
    sessions = np.array(["2020-08-28", "2020-08-31", "2020-09-01"], dtype="datetime64[D]")
    apple = splits(3, row_1=4.0)
    sentence = "split of 4:1 on 2020-08-31 not reflected in the holdings: restate them and set holdings_as_of"
    assert unreconciled(sessions, apple, date(2020, 8, 30)) == sentence
    assert unreconciled(sessions, apple, date(2020, 8, 31)) is None, "the ex-date's own evening counts it"
    assert unreconciled(sessions[:1], apple[:1], date(2020, 8, 28)) is None, "it has not happened yet"
    assert unreconciled(sessions, apple, None) == (
        "split of 4:1 on 2020-08-31 may not be reflected in the holdings: "
        "set holdings_as_of once the holdings count it"
    )


def test_several_splits_are_all_named() -> None:
    sentence = unreconciled(days(30), splits(30, row_3=2.0, row_9=0.1), FIRST)
    assert sentence is not None
    assert sentence.startswith("split of 2:1 on 2020-06-04 and split of 1:10 on 2020-06-10 not reflected")


@pytest.mark.parametrize(("row", "in_doubt"), [(9, False), (10, True), (29, True)])
def test_without_a_date_the_last_twenty_sessions_are_in_doubt(row: int, in_doubt: bool) -> None:
    column = splits(30, **{f"row_{row}": 2.0})
    assert (unreconciled(days(30), column, None) is not None) == in_doubt


@given(st.dictionaries(st.integers(0, 59), RATIOS, max_size=4), st.integers(-5, 70))
def test_exactly_the_splits_after_the_count_are_named(on: dict[int, float], counted: int) -> None:
    column = splits(60, **{f"row_{row}": value for row, value in on.items()})
    sentence = unreconciled(days(60), column, FIRST + timedelta(days=counted)) or ""
    for row in range(60):
        named = str(FIRST + timedelta(days=row)) in sentence
        assert named == (row in on and row > counted)
    assert bool(sentence) == any(row > counted for row in on)


@given(st.integers(1, 500), st.integers(1, 100))
def test_a_ratio_of_whole_numbers_is_told_in_lowest_terms(many: int, few: int) -> None:
    many = max(many, few)
    by = gcd(many, few)
    assert ratio(many / few) == f"{many // by}:{few // by}"
    assert ratio(few / many) == f"{few // by}:{many // by}" or many == few


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (4.0, "4:1"),
        (0.1, "1:10"),
        (0.001, "1:1000"),
        (1.5, "3:2"),
        (1.05, "21:20"),
        (1.333333, "4:3"),
        (0.6666667, "2:3"),
        (1.2533, "1.2533:1"),  # a spin-off that the vendor tells as a split
        (0.8, "4:5"),
    ],
)
def test_ratios_as_people_write_them(split: float, words: str) -> None:
    assert ratio(split) == words


def traded(opens: list[float], closes: list[float], **actions: dict[int, float]) -> Traded:
    """Prices and what happened, by row: splits, distributions, derived."""
    size = len(closes)
    splits, cash, derived = np.ones(size), np.zeros(size), np.zeros(size, dtype=bool)
    for row, value in actions.get("splits", {}).items():
        splits[row] = value
    for name in ("distributions", "derived"):
        for row, value in actions.get(name, {}).items():
            cash[row], derived[row] = value, name == "derived"
    return Traded(days(size), np.array(opens), np.array(closes), splits, cash, derived)


FLAT = [100.0, 101.0, 100.0, 99.0, 100.0, 101.0]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ([14.4, 14.5, 14.3], "7:1"),
        ([1200.0, 1212.0, 1205.0], "1:12"),
        ([25.0, 25.2, 25.1], "4:1"),
        ([200.0, 203.0, 202.0], "1:2"),
        ([67.5, 67.0, 66.0], "3:2"),
    ],
)
def test_a_step_by_a_common_ratio_that_stays_is_in_doubt(after: list[float], told: str) -> None:
    prices = FLAT + after
    sentence = unannounced(traded(prices, prices), FIRST)
    assert sentence is not None
    assert sentence.startswith(f"its price stepped as at a split by {told} on 2020-06-07, which nobody told")
    assert unannounced(traded(prices, prices), FIRST + timedelta(days=6)) is None, "counted on its evening"


@pytest.mark.parametrize(
    ("missing", "told", "counted"),
    [
        (0, "on 2020-06-07,", 6),
        (1, "on 2020-06-07,", 6),  # its own bar is often rejected, for its size
        (3, "between 2020-06-06 and 2020-06-10,", 9),
    ],
)
def test_a_step_over_a_gap_is_of_any_of_its_days(missing: int, told: str, counted: int) -> None:
    prices = [*FLAT, *[np.nan] * missing, 25.0, 25.2, 25.1]
    sentence = unannounced(traded(prices, prices), FIRST)
    assert sentence is not None
    assert f"4:1 {told}" in sentence
    assert unannounced(traded(prices, prices), FIRST + timedelta(days=counted - 1)) is not None
    assert unannounced(traded(prices, prices), FIRST + timedelta(days=counted)) is None


def test_a_split_that_was_told_and_rejected_is_in_doubt_until_the_shares_are_counted() -> None:
    rejected = {FIRST + timedelta(days=20): "split_inverse"}
    known = days(30)
    sentence = refused(known, rejected, FIRST)
    assert sentence is not None
    assert sentence.startswith("a split told on 2020-06-21 was rejected (split_inverse): count the shares")
    assert refused(known, rejected, None) == sentence
    assert refused(known, rejected, FIRST + timedelta(days=20)) is None
    assert refused(days(41), rejected, None) is None, "older than twenty sessions"
    assert refused(known, {}, None) is None


def test_what_the_vendor_explains_is_not_in_doubt() -> None:
    prices = [*FLAT, 50.5, 50.0, 51.0]
    assert unannounced(traded(prices, prices), None) is not None
    assert unannounced(traded(prices, prices, splits={6: 2.0}), None) is None
    assert unannounced(traded(prices, prices, distributions={6: 50.5}), None) is None
    assert unannounced(traded(prices, prices, derived={6: 50.5}), None) is not None, (
        "its closes may be split-adjusted"
    )


def test_a_fall_within_the_day_is_a_market_s() -> None:
    closes = [*FLAT, 50.5, 50.0, 51.0]
    assert unannounced(traded([*FLAT, 101.0, 50.0, 51.0], closes), None) is None
    assert unannounced(traded([*FLAT, 58.0, 50.0, 51.0], closes), None) is None


@given(st.lists(st.floats(0.88, 1.13), min_size=1, max_size=60))
def test_markets_are_not_in_doubt(moves: list[float]) -> None:
    prices = list(100.0 * np.cumprod(moves))
    assert unannounced(traded(prices, prices), None) is None
    assert unannounced(traded([], []), None) is None
