"""Lots, cash and the minimum trade."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.book.book import Book
from quant.book.holdings import Holdings
from quant.policy.definitions import Definitions
from quant.policy.policy import Policy
from quant.trading.sizing import size, whole_lots
from tests.quant.books import frozen, make


def frozen_mask(*beyond: bool) -> np.ndarray:
    return frozen([*beyond]) != 0


NONE = frozen_mask(False, False)


def sized(wanted: np.ndarray, limit: np.ndarray, beyond: np.ndarray, book: Book, policy: Policy) -> tuple:
    """What comes of one portfolio; and of two accounts that are like it, the same."""
    holdings, both = Holdings.of(book), np.array([1, 1])
    many = Holdings(book, book.quantity[None, :][both - 1], np.array([book.cash, book.cash]))
    alone = size(wanted[None, :], limit, limit, beyond[None, :], holdings, policy)
    rows = size(wanted[None, :][both - 1], limit, limit, beyond[None, :][both - 1], many, policy)
    for one, two in zip(alone, rows, strict=True):
        assert two.tolist() == [one[0].tolist()] * 2
    return tuple(found[0] for found in alone)


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
    _, quantity, factor = sized(
        frozen([60, 30]), frozen([10, 20]), NONE, book, Policy(cash_buffer=0.1, min_trade=0.0)
    )
    assert factor == 0.75
    assert quantity.tolist() == [45.0, 22.0]


def test_without_cash_above_the_buffer_nothing_is_bought() -> None:
    book = make({"A": ("x", 0.5, 100, 10.0), "B": ("y", 0.5, 0, 20.0)}, 50.0)
    _, quantity, factor = sized(frozen([0, 30]), frozen([0, 20]), NONE, book, Policy(cash_buffer=0.1))
    assert factor == 0
    assert not quantity.any()


def test_a_sell_below_the_minimum_trade_pays_for_nothing() -> None:
    # 450 and not 500: the sell of 50 is dropped, and 45 shares are what there is cash for.
    book = make({"A": ("x", 0.5, 5, 10.0), "B": ("y", 0.5, 0, 10.0)}, 450.0)
    policy = Policy(cash_buffer=0.0, min_trade=100.0)
    lots, quantity, factor = sized(frozen([-5, 50]), frozen([10, 10]), NONE, book, policy)
    assert lots.tolist() == [-5.0, 45.0]
    assert quantity.tolist() == [0.0, 45.0]
    assert factor == 0.9


def test_a_run_of_before_counts_the_proceeds_of_a_dropped_sell() -> None:
    book = make({"A": ("x", 0.5, 5, 10.0), "B": ("y", 0.5, 0, 10.0)}, 450.0)
    book = replace(book, definitions=Definitions())
    policy = Policy(cash_buffer=0.0, min_trade=100.0)
    _, quantity, factor = sized(frozen([-5, 50]), frozen([10, 10]), NONE, book, policy)
    assert factor == 1
    assert quantity.tolist() == [0.0, 50.0]


@pytest.mark.parametrize(
    ("held", "wanted", "lot_size", "sold"),
    [
        (100, 12.3, 1, 13),
        (100, 13.0, 1, 13),
        (100, 13.0000000001, 1, 13),  # a division's last digit is no lot
        (100, 12.3, 10, 20),
        (18, 12.3, 10, 10),  # 20 are not there
        (12.5, 12.5, 1, 12),  # the whole holding, in lots
        (12.5, 12.2, 1, 12),
        (100, 0.1234561, 0, 0.123457),
    ],
)
def test_a_sell_to_its_band_is_rounded_away_from_zero(
    held: float, wanted: float, lot_size: int, sold: float
) -> None:
    book = make({"A": ("x", 0.0, held, 10.0)}, 0.0)
    policy = Policy(lot_size=lot_size, min_trade=0.0)
    _, quantity, _ = sized(frozen([-wanted]), frozen([10]), frozen_mask(True), book, policy)
    assert quantity.tolist() == [-sold]


@pytest.mark.parametrize(
    ("cash", "bought"),
    [
        (250.0, [8, 16]),  # 80 + 160 fit
        (240.0, [8, 16]),  # exactly
        (239.9, [7, 15]),  # one of them would not
    ],
)
def test_buys_are_rounded_to_their_bands_where_all_of_them_fit(cash: float, bought: list[int]) -> None:
    book = make({"A": ("x", 0.5, 0, 10.0), "B": ("y", 0.5, 0, 10.0)}, cash)
    policy = Policy(cash_buffer=0.0, min_trade=0.0)
    _, quantity, factor = sized(frozen([7.5, 15.5]), frozen([10, 10]), frozen_mask(True, True), book, policy)
    assert factor == 1
    assert quantity.tolist() == bought


def test_what_only_funds_others_is_rounded_toward_zero() -> None:
    book = make({"A": ("x", 0.5, 50, 10.0), "B": ("y", 0.5, 0, 10.0)}, 1000.0)
    policy = Policy(cash_buffer=0.0, min_trade=0.0)
    _, quantity, _ = sized(frozen([-7.5, 7.5]), frozen([10, 10]), frozen_mask(False, True), book, policy)
    assert quantity.tolist() == [-7.0, 8.0]


def test_no_more_is_sold_than_held() -> None:
    book = make({"A": ("x", 0.0, 12.5, 10.0)}, 0.0)
    _, quantity, _ = sized(
        frozen([-20]), frozen([10]), frozen_mask(False), book, Policy(lot_size=0, min_trade=0.0)
    )
    assert quantity.tolist() == [-12.5]


def test_exactly_the_minimum_trade_is_kept() -> None:
    book = make({"A": ("x", 0.0, 30, 10.0), "B": ("x", 0.0, 30, 10.0)}, 0.0)
    _, quantity, _ = sized(frozen([-10, -9]), frozen([10, 10]), NONE, book, Policy(min_trade=100.0))
    assert np.array_equal(quantity, [-10.0, 0.0])
