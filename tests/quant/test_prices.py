"""Limit prices in decimal arithmetic."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.book import Side
from quant.prices import limit_price


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
        ("BUY", 0.00005, 0.005, 0.0),  # below the smallest tick
        ("SELL", 0.00005, 0.005, 0.0001),
        ("BUY", 100.0, 0.0, 100.0),
        ("BUY", 31.399999618530273, 0.0, 31.39),  # a vendor's float32
    ],
)
def test_by_hand(side: Side, close: float, offset: float, price: float) -> None:
    assert limit_price(side, close, offset) == price


@given(st.floats(0.01, 1e6), st.floats(0, 0.5), st.sampled_from(["BUY", "SELL"]))
def test_on_the_tick_and_never_past_the_offset(close: float, offset: float, side: Side) -> None:
    price = Decimal(repr(limit_price(side, close, offset)))
    assert price % Decimal("0.0001") == 0
    assert price % Decimal("0.01") == 0 or price < 1
    share = Decimal(repr(offset)) * (1 if side == "BUY" else -1)
    slack = (Decimal(repr(close)) * (1 + share) - price) * (1 if side == "BUY" else -1)
    assert Decimal(-1).scaleb(-18) <= slack < Decimal("0.01")
