"""What a limit order of one session becomes."""

import pytest

from quant.backtest.orders import executed_at

NAN = float("nan")


@pytest.mark.parametrize(
    ("side", "limit", "opened", "high", "low", "price"),
    [
        ("BUY", 100.5, 100.0, 101.0, 99.0, 100.0),  # the open is allowed
        ("BUY", 100.5, 100.5, 101.0, 100.5, 100.5),  # and just so
        ("BUY", 100.5, 101.0, 102.0, 100.5, 100.5),  # the day comes down to the limit
        ("BUY", 100.5, 101.0, 102.0, 100.6, None),  # it does not
        ("SELL", 99.5, 100.0, 101.0, 99.0, 100.0),
        ("SELL", 99.5, 99.0, 99.6, 98.0, 99.5),
        ("SELL", 99.5, 99.0, 99.4, 98.0, None),
        ("BUY", 100.5, NAN, 101.0, 99.0, None),  # no bar
        ("SELL", 99.5, 100.0, NAN, 99.0, None),
    ],
)
def test_where_an_order_is_done(side, limit, opened, high, low, price):
    assert executed_at(side, limit, opened=opened, high=high, low=low) == price
