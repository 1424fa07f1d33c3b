"""Limit prices in decimal arithmetic."""

from decimal import Decimal
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.book.book import Side
from quant.book.ticks import BEFORE, Ticks
from quant.trading.limit_prices import limit_price


@pytest.mark.parametrize(
    ("side", "close", "offset", "price"),
    [
        ("BUY", 100.0, 0.005, 100.5),
        ("SELL", 100.0, 0.005, 99.5),
        ("BUY", 10.0, 0.005, 10.05),  # in floats 10 * 1.005 is 10.049999999999999, the cent below
        ("BUY", 123.45, 0.005, 124.06),  # 124.06725 rounded down
        ("SELL", 123.45, 0.005, 122.84),  # 122.83275 rounded up
        ("BUY", 0.1234, 0.005, 0.124),  # 0.124017 to a tick of 0.0001
        ("SELL", 0.1234, 0.005, 0.1228),  # 0.122783 up
        ("BUY", 0.999, 0.005, 1.0),  # 1.003995: at 1 and above the tick is a cent
        ("SELL", 1.0, 0.005, 0.995),  # below 1 it is not
        ("BUY", 0.0012, 0.005, 0.0012),  # a penny share on its tick of 0.0001
        ("SELL", 0.0012, 0.005, 0.0012),
        ("BUY", 0.00119999, 0.005, 0.001205),  # on no tick of shares: 0.00120599 down to the fourth digit
        ("SELL", 0.00119999, 0.005, 0.001194),  # 0.00119399 up
        ("BUY", 0.0000113, 0.005, 0.00001135),  # 0.0000113565 down
        ("SELL", 0.0000113, 0.005, 0.00001125),  # 0.0000112435 up
        ("BUY", 0.00119999997317791, 0.005, 0.0012),  # a penny share as a vendor's float32
        ("BUY", 100.0, 0.0, 100.0),
        ("BUY", 31.399999618530273, 0.0, 31.39),  # a vendor's float32
    ],
)
def test_by_hand(side: Side, close: float, offset: float, price: float) -> None:
    assert limit_price(side, close, offset) == price


@pytest.mark.parametrize(
    ("side", "close", "price"),
    [
        ("BUY", 0.5123, 0.514),  # 0.5148615 to 0.002
        ("SELL", 0.5123, 0.51),  # 0.5097385 up
        ("BUY", 103.27, 103.75),  # 103.78635 to 0.05
        ("SELL", 103.27, 102.8),  # 102.75365 up
        ("BUY", 0.0019, 0.0),  # a tick of 0.002 has no price there
        ("SELL", 0.0019, 0.0),
    ],
)
def test_on_the_ticks_that_an_instrument_states(side: Side, close: float, price: float) -> None:
    assert limit_price(side, close, 0.005, Ticks(((1.0, 0.002), (inf, 0.05)), "stated")) == price


def test_a_run_of_before_has_the_ticks_of_shares_alone() -> None:
    assert limit_price("BUY", 0.0000113, 0.005, BEFORE) == 0
    assert limit_price("SELL", 0.0000113, 0.005, BEFORE) == 0.0001
    assert limit_price("SELL", 100.0, 0.005, BEFORE) == 99.5


@given(st.floats(1e-9, 0.00999), st.sampled_from(["BUY", "SELL"]))
def test_a_limit_of_small_prices_is_between_the_close_and_the_offset(close: float, side: Side) -> None:
    sign, price = (1 if side == "BUY" else -1), limit_price(side, close, 0.005)
    assert -1e-6 <= sign * (price / close - 1) <= 0.005 + 1e-12


@given(st.floats(0.01, 1e6), st.floats(0, 0.5), st.sampled_from(["BUY", "SELL"]))
def test_on_the_tick_and_never_past_the_offset(close: float, offset: float, side: Side) -> None:
    price = Decimal(repr(limit_price(side, close, offset)))
    assert price % Decimal("0.0001") == 0
    assert price % Decimal("0.01") == 0 or price < 1
    share = Decimal(repr(offset)) * (1 if side == "BUY" else -1)
    slack = (Decimal(repr(close)) * (1 + share) - price) * (1 if side == "BUY" else -1)
    assert Decimal(-1).scaleb(-18) <= slack < Decimal("0.01")
