"""Lots, cash and the minimum trade."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.policy import Policy
from quant.sizing import size, whole_lots
from tests.quant.books import frozen, make


@pytest.mark.parametrize(
    ("shares", "lot_size", "whole"),
    [
        (7.99, 1, 7),
        (99.99999999999999, 1, 100),  # a full exit after a division
        (99.999, 1, 99),
        (149.0, 100, 100),
        (0.1234567, 0, 0.123456),
        (100.0, 0, 100.0),
        (0.3, 0, 0.3),
    ],
)
def test_toward_zero_to_the_lot(shares: float, lot_size: int, whole: float) -> None:
    assert whole_lots(frozen([shares]), lot_size)[0] == whole


@given(st.integers(1, 10**7), st.floats(0.01, 1e5), st.sampled_from([0, 1]))
def test_a_full_exit_sells_every_share(held: int, close: float, lot_size: int) -> None:
    assert whole_lots(frozen([held * close / close]), lot_size)[0] == held


def test_all_buys_share_one_factor() -> None:
    book = make({"A": ("x", 0.5, 0, 10.0), "B": ("y", 0.5, 0, 20.0)}, 1000.0)
    # Needed 60 * 10 + 30 * 20 = 1200, there are 1000 - 100: three quarters of each, then lots.
    _, quantity, factor = size(
        frozen([60, 30]), frozen([10, 20]), book, Policy(cash_buffer=0.1, min_trade=0.0)
    )
    assert factor == 0.75
    assert quantity.tolist() == [45.0, 22.0]


def test_without_cash_above_the_buffer_nothing_is_bought() -> None:
    book = make({"A": ("x", 0.5, 100, 10.0), "B": ("y", 0.5, 0, 20.0)}, 50.0)
    _, quantity, factor = size(frozen([0, 30]), frozen([0, 20]), book, Policy(cash_buffer=0.1))
    assert factor == 0
    assert not quantity.any()


def test_the_proceeds_of_a_dropped_sell_are_not_taken_back() -> None:
    """There is no second pass: the buy counted on 50 from a sell that was then too small."""
    book = make({"A": ("x", 0.5, 5, 10.0), "B": ("y", 0.5, 0, 10.0)}, 450.0)
    _, quantity, factor = size(
        frozen([-5, 50]), frozen([10, 10]), book, Policy(cash_buffer=0.0, min_trade=100.0)
    )
    assert factor == 1
    assert quantity.tolist() == [0.0, 50.0]


def test_no_more_is_sold_than_held() -> None:
    book = make({"A": ("x", 0.0, 12.5, 10.0)}, 0.0)
    _, quantity, _ = size(frozen([-20]), frozen([10]), book, Policy(lot_size=0, min_trade=0.0))
    assert quantity.tolist() == [-12.5]


def test_exactly_the_minimum_trade_is_kept() -> None:
    book = make({"A": ("x", 0.0, 30, 10.0), "B": ("x", 0.0, 30, 10.0)}, 0.0)
    _, quantity, _ = size(frozen([-10, -9]), frozen([10, 10]), book, Policy(min_trade=100.0))
    assert np.array_equal(quantity, [-10.0, 0.0])
