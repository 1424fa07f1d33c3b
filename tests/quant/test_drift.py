"""Drift and bands, by DESIGN's definition."""

from math import isnan, nan

import pytest
from hypothesis import given

from quant.book.book import Book
from quant.book.drift import measure
from quant.policy.policy import Policy
from tests.quant.books import books, make, policies


def test_instruments_in_book_order_then_classes() -> None:
    book = make(
        {
            "SPY": ("equity", 0.4, 440, 100.0),
            "AGG": ("bond", 0.4, 340, 100.0),
            "EFA": ("equity", 0.2, 215, 100.0),
        },
        500.0,
    )
    rows = measure(book, Policy())
    assert [(row.level, row.key, row.breached) for row in rows] == [
        ("instrument", "SPY", False),
        ("instrument", "AGG", True),
        ("instrument", "EFA", False),
        ("asset_class", "equity", True),  # 4.0 + 1.5 points over, which neither member shows alone
        ("asset_class", "bond", True),
    ]
    equity = rows[3]
    assert (equity.target, equity.actual, equity.drift) == pytest.approx((0.6, 0.655, 0.055))
    assert equity.band == 0.05


@pytest.mark.parametrize(
    ("target", "band"),
    [(0.6, 0.05), (0.2, 0.05), (0.1, 0.025), (0.0, 0.0)],
)
def test_band_is_the_smaller_of_absolute_and_relative(target: float, band: float) -> None:
    book = make({"A": ("x", target, 1, 1.0), "B": ("y", 1 - target, 1, 1.0)}, 0.0)
    assert measure(book, Policy())[0].band == pytest.approx(band)


def test_a_drift_exactly_at_its_band_is_no_breach() -> None:
    # In floats 0.85 - 0.9 is -0.050000000000000044.
    at_band = make({"A": ("x", 0.1, 15, 100.0), "B": ("y", 0.9, 85, 100.0)}, 0.0)
    policy = Policy(band_absolute=0.05, band_relative=1.0)
    assert not any(row.breached for row in measure(at_band, policy))
    beyond = make({"A": ("x", 0.1, 15_001, 0.1), "B": ("y", 0.9, 84_999, 0.1)}, 0.0)
    assert all(row.breached for row in measure(beyond, policy))


def test_a_holding_without_a_target_is_always_breached() -> None:
    book = make({"SPY": ("equity", 1.0, 1_000_000, 500.0), "DUST": ("none", 0.0, 1e-6, 0.01)}, 0.0)
    rows = {(row.level, row.key): row for row in measure(book, Policy())}
    assert rows["instrument", "DUST"].breached
    assert rows["asset_class", "none"].breached
    assert not rows["instrument", "SPY"].breached


def test_target_zero_with_nothing_held_is_no_breach() -> None:
    book = make({"SPY": ("equity", 1.0, 10, 100.0), "OLD": ("equity", 0.0, 0, 100.0)}, 0.0)
    assert not any(row.breached for row in measure(book, Policy()))


@pytest.mark.parametrize(
    ("close", "cash"),
    [(nan, 1000.0), (100.0, -5000.0), (100.0, -1000.0)],
    ids=["no close", "value below 0", "value 0"],
)
def test_without_a_value_drift_is_nan_and_nothing_breached(close: float, cash: float) -> None:
    book = make({"SPY": ("equity", 1.0, 10, close)}, cash)
    for row in measure(book, Policy()):
        assert isnan(row.actual)
        assert isnan(row.drift)
        assert not row.breached


@given(books(), policies())
def test_weights_and_classes_add_up(book: Book, policy: Policy) -> None:
    rows = measure(book, policy)
    for level in ("instrument", "asset_class"):
        part = [row for row in rows if row.level == level]
        assert sum(row.actual for row in part) == pytest.approx(1 - book.cash / book.value)
        assert sum(row.target for row in part) == pytest.approx(1)
        assert sum(row.drift for row in part) == pytest.approx(-book.cash / book.value)
